"""`manage.py export_examples DATASET --format sharegpt --to FILE`: examples out again, as JSON Lines or CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.models import Example, Split
from training.services.datasets import find_dataset
from training.services.exports import CSV, JSON_LINES, export


class Command(SentenceCommand):
    help = "Export a dataset's examples. Those the format cannot hold are counted and named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug")
        parser.add_argument("--format", default="aidirector", help="aidirector, sharegpt, openai, alpaca …")
        parser.add_argument("--to", type=Path, required=True, help="a name that ends in .csv makes a table")
        parser.add_argument("--state", action="append", choices=Example.State.values, help="may be repeated")
        parser.add_argument("--split", default="", choices=["", *Split.values])
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = find_dataset(team=find_team(options["team"]), slug=options["dataset"])
        told = export(
            dataset=dataset,
            format=options["format"],
            path=options["to"],
            states=options["state"] or (),
            split=options["split"],
            kind=CSV if options["to"].suffix.lower() == ".csv" else JSON_LINES,
        )
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(f"{told['written']} of {told['examples']} examples written to {options['to']}.")
        for each in told["left_out"][:20]:
            self.stdout.write(f"  example {each['example']}: {each['reason']}")
