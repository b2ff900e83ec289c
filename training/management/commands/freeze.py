"""`manage.py freeze DATASET`: an immutable version of a dataset's approved rows."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.services.datasets import find_dataset, freeze


class Command(SentenceCommand):
    help = "Freeze a dataset: hash its approved rows and keep them unchanged for training."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug of the dataset")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, dataset: str, team: str, **options: Any) -> None:
        version = freeze(dataset=find_dataset(team=find_team(team), slug=dataset))
        if options["json"]:
            facts = {"version": version.number, "rows": version.rows, "sha256": version.sha256}
            self.stdout.write(json.dumps(facts | {"statistics": version.statistics}, ensure_ascii=False))
        else:
            self.stdout.write(f"{version}: {version.rows} rows, SHA-256 {version.sha256}")
