"""`manage.py augment DATASET --method M --count N`: synthetic rows made from the dataset's own, as drafts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.errors import JobFailed
from background.models import JobState
from brands.teams import find_team
from training.errors import AugmentationRefused
from training.models import Augmentation
from training.services.augmentation import augment_now, new_augmentation, skips_path
from training.services.datasets import find_dataset
from training.services.new_rows import is_dry_run


class Command(SentenceCommand):
    help = "Make synthetic rows from a dataset's approved ones. They are drafts, linked to their source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug of the dataset")
        parser.add_argument("--method", required=True, help="brands, values, wordings or model")
        parser.add_argument("--count", type=int, default=50, help="how many rows, at most (default: 50)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same rows (default: 1)")
        parser.add_argument("--industries", default="", help="for brands: pet_care,hotel … (default: all)")
        parser.add_argument("--values", type=Path, help="for values: a JSON file by argument and language")
        parser.add_argument("--pack", default="", help="for values: the pack whose values are taken")
        parser.add_argument("--dry-run", action="store_true", help="make and check everything, keep nothing")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = find_dataset(team=find_team(options["team"]), slug=options["dataset"])
        row = new_augmentation(
            dataset=dataset,
            method=options["method"],
            count=options["count"],
            seed=options["seed"],
            options=choices(options),
            dry_run=options["dry_run"],
        )
        row = augment_now(row)
        if row.state != JobState.COMPLETED:
            raise JobFailed(f"{row}: {row.reason}")
        self.tell(row, options["json"])

    def tell(self, row: Augmentation, as_json: bool) -> None:
        told = row.counts
        if as_json:
            facts = {"augmentation": str(row.pk), "dataset": row.dataset.slug, "method": row.method, "seed": row.seed}
            known = {"dry_run": is_dry_run(row), "counts": told["outcomes"], "brands": told["brands"]}
            more = {"samples": told["samples"], "first_skips": told["faults"], "skips": str(skips_path(row))}
            self.stdout.write(json.dumps(facts | known | more, ensure_ascii=False))
            return
        made = told["outcomes"].get("made", 0)
        kept = "nothing kept" if is_dry_run(row) else "kept as drafts"
        self.stdout.write(f"{made} of {row.options['count']} rows, {kept}.")
        for outcome, count in told["outcomes"].items():
            self.stdout.write(f"  {outcome.replace('_', ' ')}: {count}")
        self.stdout.write(f"Everything that was left out: {skips_path(row)}")


def choices(options: dict[str, Any]) -> dict[str, Any]:
    names = [name.strip() for name in options["industries"].split(",") if name.strip()]
    found: dict[str, Any] = {"industries": names, "pack": options["pack"]}
    if options["values"]:
        found["values"] = read_values(options["values"])
    return {name: value for name, value in found.items() if value}


def read_values(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise AugmentationRefused(f"The file {path} cannot be read: {problem.strerror}.") from problem
    except (ValueError, RecursionError) as problem:
        raise AugmentationRefused(f"The file {path} is no JSON text in UTF-8: write an object of values.") from problem
