"""`manage.py diff_versions DATASET 1 2`: which rows and tools changed between two frozen versions."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.services.datasets import find_dataset
from training.services.version_diffs import as_json, find_version

SHOWN = 20


class Command(SentenceCommand):
    help = "Compare two frozen versions of a dataset: rows added, removed, moved and changed, counts and tools."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="slug of the dataset")
        parser.add_argument("before", type=int, help="number of the one version")
        parser.add_argument("after", type=int, help="number of the other")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object, every row in it")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = find_dataset(team=find_team(options["team"]), slug=options["dataset"])
        before, after = (find_version(dataset=dataset, number=options[name]) for name in ("before", "after"))
        told = as_json(before=before, after=after)
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else in_words(told))


def in_words(told: dict[str, Any]) -> str:
    counts = ", ".join(f"{rows} {outcome}" for outcome, rows in told["counts"].items())
    lines = [f"{told['dataset']} v{told['before']} → v{told['after']}: {counts}."]
    for field, values in told["deltas"].items():
        lines += [f"  {field} {name or '—'}: {each['before']} → {each['after']}" for name, each in values.items()]
    for tool in told["tools"]:
        lines.append(f"  tool {tool['tool']}: {tool['outcome']}")
        lines += [f"    {change['sentence']}" for change in tool["changes"]]
    for row in told["rows"][:SHOWN]:
        lines.append(f"  example {row['example']}: {row['outcome']} {', '.join(row['fields'])}".rstrip())
    if len(told["rows"]) > SHOWN:
        lines.append(f"  and {len(told['rows']) - SHOWN} more rows: --json lists all.")
    return "\n".join(lines)
