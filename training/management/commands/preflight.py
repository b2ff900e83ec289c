"""`manage.py preflight`: what would stop a run, or be worth knowing before it, without launching one."""

from __future__ import annotations

import json
import shutil
import textwrap
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from background.commands import SentenceCommand
from training.management.commands.train import add_choices, dataset_of, plan_of
from training.preflight import FAILED, gravest, overall
from training.preflight.verdicts import counted
from training.services.bases import base_spec, find_base
from training.services.datasets import freeze
from training.services.preflight import preflight_spec

MARKS = {"passed": "passed ", "warning": "WARNING", "failed": "FAILED ", "skipped": "skipped"}
COLUMN = 45  # where evidence begins
WIDEST = 140


class Command(SentenceCommand):
    help = "Run every check of a training run and show what it found, with evidence and cure. Exit 1 when one failed."

    def add_arguments(self, parser: CommandParser) -> None:
        add_choices(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        from training.ml.preflight import examine

        version, base = freeze(dataset=dataset_of(options)), find_base(options["base"])
        plan = plan_of(options, version, base)
        asked = preflight_spec(
            version=version,
            plan=plan,
            base=base_spec(base, quantised=plan.quantised, dtype=plan.dtype),
            directory=str(settings.VAR_DIR),
        )
        found = examine(asked)
        word = overall(found)
        shown = json.dumps({"verdict": word, "checks": found}, ensure_ascii=False) if options["json"] else table(found)
        self.stdout.write(shown)
        if word == FAILED:
            raise CommandError(f"{counted(len(gravest(found)), 'check')} failed: a run would not start.")


def table(found: list[dict[str, Any]]) -> str:
    """A line for each check, its evidence and its cure beneath one another at the right."""
    width = min(WIDEST, shutil.get_terminal_size((120, 24)).columns) - COLUMN
    return "\n".join(line for check in found for line in lines(check, max(width, 40)))


def lines(check: dict[str, Any], width: int) -> list[str]:
    paragraphs = [*check["evidence"].splitlines(), f"→ {check['cure']}" if check["cure"] else ""]
    told = [part for text in paragraphs for part in textwrap.wrap(text, width)] or [""]
    head = f"{MARKS[check['verdict']]}  {check['title']}"
    return [f"{head:{COLUMN - 1}} {told[0]}", *(" " * COLUMN + part for part in told[1:])]
