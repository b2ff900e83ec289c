"""The whole examination."""

from __future__ import annotations

from aidirector.doctor.finding import Finding
from aidirector.doctor.machine import device_findings, disk_finding
from aidirector.doctor.services import database_finding, queue_finding, starters_finding


def examine() -> list[Finding]:
    """Every finding, in the order in which they matter for a first run."""
    return [database_finding(), queue_finding(), disk_finding(), starters_finding(), *device_findings()]
