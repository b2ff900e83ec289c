"""`manage.py doctor`: what this machine can do, each problem with its cure."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from aidirector.doctor.examine import examine
from aidirector.doctor.finding import Finding, Level
from background.commands import SentenceCommand

MARKS = {Level.OK: "ok     ", Level.NOTE: "note   ", Level.PROBLEM: "PROBLEM"}


class Command(SentenceCommand):
    needs_database = False
    help = "Examine this machine: database, queue, disk, GPU, dtypes, optional parts. Exit 1 on a real problem."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        problems = sum(finding.level == Level.PROBLEM for finding in findings)
        if options["json"]:
            report = {"ok": not problems, "findings": [finding.as_json() for finding in findings]}
            self.stdout.write(json.dumps(report, indent=2))
        else:
            for finding in findings:
                self._show(finding)
        if problems:
            raise CommandError(f"{problems} problem{'s' if problems != 1 else ''} to cure first.")

    def _show(self, finding: Finding) -> None:
        self.stdout.write(f"{MARKS[finding.level]}  {finding.name + ':':14}{finding.sentence}")
        if finding.cure:
            self.stdout.write(f"{'':25}{finding.cure}")
