"""`manage.py split DATASET --share 0.2 --seed 7`: which rows are held out, drawn in groups that stay whole."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.services.datasets import find_dataset
from training.services.split_preview import preview
from training.services.splitting import split
from training.splitting import GROUP


class Command(SentenceCommand):
    help = "Draw which rows of a dataset are held out, in whole groups, and write it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug of the dataset")
        parser.add_argument("--share", type=float, default=0.2, help="to be held out, from 0 to 0.9 (default: 0.2)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same rows (default: 1)")
        parser.add_argument("--by", default=GROUP, help="group, or brand: whole brands on one side (default: group)")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = find_dataset(team=find_team(options["team"]), slug=options["dataset"])
        asked = {"dataset": dataset, **{name: options[name] for name in ("share", "seed", "by")}}
        told: dict[str, Any] = {"dataset": dataset.slug, "dry_run": options["dry_run"]}
        if options["dry_run"]:
            told |= preview(**asked).as_json()
        else:
            drawn, counts = split(**asked)
            told |= drawn.as_json() | dict(counts)
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else in_words(told))


def in_words(told: dict[str, Any]) -> str:
    sides = told["all"][""]
    lines = [
        f"{told['share_reached']:.1%} of {told['rows']} rows held out ({told['share']:.1%} asked for, "
        f"seed {told['seed']}, by {told['by']}).",
        *(
            f"  {side.replace('_', ' ')}: {found['rows']} rows in {found['groups']} groups"
            for side, found in sides.items()
        ),
    ]
    if told["unanswered"]:
        lines.append(f"  {told['unanswered']} rows end before an answer and can only be held out.")
    if told["dry_run"]:
        lines.append(f"{told['to_held_out']} rows would be held out, {told['to_train']} trained on. Nothing changed.")
    else:
        lines.append(f"{told['moved']} rows moved, {told['relabelled']} stayed and are labelled or judged anew.")
    if told.get("duplicate"):
        lines.append(f"{told['duplicate']} rows stayed: the other side has the very same row already.")
    return "\n".join(lines)
