"""`manage.py import_examples FILE --dataset SLUG`: bring a file's rows into a dataset, as drafts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from background.commands import SentenceCommand
from background.errors import JobFailed
from background.models import JobState
from brands.teams import team_for
from training.errors import UnreadableSource
from training.models import Import
from training.services.imports import AUTO, find_or_make_dataset, import_now, new_import


class Command(SentenceCommand):
    help = "Import examples from JSON, JSONL, CSV or XLSX. Rows that are skipped are listed with their reasons."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dataset", required=True, help="slug; a new one is made")
        parser.add_argument("--format", default=AUTO, help="alpaca, sharegpt, openai … (default: recognised)")
        parser.add_argument("--columns", default="", help='for tables: {"our field": "column"} as JSON')
        parser.add_argument("--sheet", default="", help="for XLSX: the sheet's name (default: the first)")
        parser.add_argument("--keep-near-duplicates", action="store_true")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, keep nothing")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        team = team_for(options["team"])
        chosen = {"sheet": options["sheet"], "near": not options["keep_near_duplicates"]}
        if options["columns"]:
            chosen["columns"] = columns_in(options["columns"])
        with opened(options["file"]) as file, transaction.atomic():
            row = new_import(
                dataset=find_or_make_dataset(team=team, slug=options["dataset"]),
                file=file,
                name=options["file"].name,
                format=options["format"],
                options=chosen,
                dry_run=options["dry_run"],
            )
        row = import_now(row)
        if row.state != JobState.COMPLETED:
            raise JobFailed(f"{row}: {row.reason}")
        self.tell(row, options["json"])

    def tell(self, row: Import, as_json: bool) -> None:
        facts = {"import": str(row.pk), "dataset": row.dataset.slug, "format": row.format, "dry_run": row.dry_run}
        if as_json:
            known = {"counts": row.counts, "skips": str(row.skips_path), "first_skips": row.faults}
            self.stdout.write(json.dumps(facts | known, ensure_ascii=False))
            return
        self.stdout.write(f"{row.counts.get('imported', 0)} of {row.counts.get('rows', 0)} rows, read as {row.format}.")
        for skip in row.faults:
            self.stdout.write(f"  row {skip['row']}{' ' + skip['field'] if skip['field'] else ''}: {skip['reason']}")
        self.stdout.write(f"All skips: {row.skips_path}")


def columns_in(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise UnreadableSource('--columns takes a JSON object such as {"instruction": "คำสั่ง"}.')
    return found


def opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as problem:
        raise UnreadableSource(f"The file {path} cannot be read: {problem.strerror}.") from problem
