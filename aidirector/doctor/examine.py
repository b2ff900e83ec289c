"""The whole examination."""

from __future__ import annotations

from aidirector.doctor.finding import Finding
from aidirector.doctor.hub import hub_finding
from aidirector.doctor.machine import device_findings, disk_finding
from aidirector.doctor.services import database_finding, queue_finding, starters_finding, workers_finding


def examine() -> list[Finding]:
    """Every finding, in the order in which they matter for a first run."""
    leaned_on = [database_finding(), queue_finding(), workers_finding(), disk_finding(), starters_finding()]
    return [*(finding for finding in leaned_on if finding is not None), hub_finding(), *device_findings()]
