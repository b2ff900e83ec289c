"""`manage.py mend_examples DATASET`: mend what the checks found and what needs no person to decide."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.row_checks.cures import CURES
from training.services.datasets import find_dataset
from training.services.mending import mend_all, mends


class Command(SentenceCommand):
    help = "Mend findings whose cure follows from the row itself. Approved rows that change go back to review."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug")
        parser.add_argument("--code", action="append", choices=[*CURES], help="only this finding; may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="count what would be mended, change nothing")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = find_dataset(team=find_team(options["team"]), slug=options["dataset"])
        codes = options["code"] or list(CURES)
        if options["dry_run"]:
            by_code, count = Counter[str](), 0
            for found in mends(dataset.examples.all(), codes):
                by_code.update(found.codes)
                count += 1
            told: dict[str, Any] = {"mended": 0, "would_mend": count, "by_code": dict(by_code)}
        else:
            told = mend_all(examples=dataset.examples.all(), codes=codes, most=None)
        self.tell(told, options["json"])

    def tell(self, told: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        if "would_mend" in told:
            self.stdout.write(f"{told['would_mend']} examples would be mended.")
        else:
            self.stdout.write(f"{told['mended']} examples mended, {told['left']} left to people.")
        for code, count in told["by_code"].items():
            self.stdout.write(f"  {code}: {count}")
        for each in told.get("refused", ()):
            self.stdout.write(f"  example {each['example']}: {each['reason']}")
