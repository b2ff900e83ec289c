"""`manage.py export_examples DATASET --format sharegpt --to FILE`: examples out again, one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.models import Example
from training.services.datasets import find_dataset
from training.services.exports import export


class Command(SentenceCommand):
    help = "Export a dataset's examples. Those the format cannot hold are counted and named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug")
        parser.add_argument("--format", default="aidirector", help="aidirector, sharegpt, openai, alpaca …")
        parser.add_argument("--to", type=Path, required=True)
        parser.add_argument("--state", default="", choices=["", *Example.State.values])
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = find_dataset(team=find_team(options["team"]), slug=options["dataset"])
        told = export(dataset=dataset, format=options["format"], path=options["to"], state=options["state"])
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(f"{told['written']} of {told['examples']} examples written to {options['to']}.")
        for each in told["left_out"][:20]:
            self.stdout.write(f"  example {each['example']}: {each['reason']}")
