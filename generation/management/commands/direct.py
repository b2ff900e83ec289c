"""`manage.py direct --brief "…"`: a brief turned into tool calls, by the live executor."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.progress import ProgressDisplay
from brands.teams import find_team
from generation.services import ask_for_calls


class Command(SentenceCommand):
    help = "Turn a brief into tool calls. A worker must be up: `manage.py serve`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brief", required=True)
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        content = ask_for_calls(team=find_team(options["team"]), brief=options["brief"])
        with ProgressDisplay(quiet=True) as display:
            display.watch("Call tools", content)
        calls = [call["function"] for call in content.calls]
        if options["json"]:
            facts = {"id": str(content.pk), "calls": calls, "text": content.text, "checks": content.checks}
            self.stdout.write(json.dumps(facts | {"model": str(content.model_version)}, ensure_ascii=False))
            return
        for call in calls:
            arguments = ", ".join(f"{name}={value!r}" for name, value in call["arguments"].items())
            self.stdout.write(f"{call['name']}({arguments})")
        if not calls:
            self.stdout.write(content.text or "No call was made.")
