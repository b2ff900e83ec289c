"""Importing: a file of any size, read row by row, into drafts; nothing twice, and every skip is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.db import transaction

from background.lease import Lease
from background.queue import launch
from background.running import run_leased
from brands.models import Team
from training.errors import UnreadableSource
from training.formats import reader, recognised
from training.formats.fields import json_text
from training.models import Dataset, Example, Import
from training.services.intake import Intake
from training.sources import Record, records, sheet_names

AUTO = "auto"
LOOKED_AT = 20  # rows that decide the format
BEAT_EVERY = 200
LONGEST_NAME = 200
MOST_COLUMNS, SHOWN_VALUES, LONGEST_VALUE = 60, 2, 60
SEEN = "seen"  # what an import's options keep of its file: sheets and columns


def new_import(
    *,
    dataset: Dataset,
    file: BinaryIO | IO[bytes],
    name: str,
    format: str = AUTO,
    options: dict[str, Any] | None = None,
    dry_run: bool = True,
    user: Any = None,
) -> Import:
    """Keep the file and the row of its import, not launched yet. `options`: "columns", "sheet", "near".

    Raises UnreadableSource for a format that does not exist.
    """
    if format != AUTO:
        reader(format)
    row = Import(
        team=dataset.team,
        dataset=dataset,
        file_name=Path(name).name[-LONGEST_NAME:],
        format=format,
        options=options or {},
        dry_run=dry_run,
        created_by=user,
        queue="curation",
        function="training.jobs.import_rows",
    )
    row.directory.mkdir(parents=True, exist_ok=True)
    try:
        with row.path.open("wb") as kept:
            shutil.copyfileobj(file, kept, 1 << 20)
        row.save()
    except BaseException:
        shutil.rmtree(row.directory, ignore_errors=True)
        raise
    return row


@transaction.atomic
def launch_import(*, row: Import) -> None:
    """Queue the import after the commit."""
    launch(row)


def keep(*, dry_run: Import, user: Any = None) -> Import:
    """The import of what a dry run has shown: the same file and choices, this time for good."""
    return again(row=dry_run, format=dry_run.format, options=dry_run.options, dry_run=False, user=user)


@transaction.atomic
def again(
    *, row: Import, format: str = AUTO, options: dict[str, Any] | None = None, dry_run: bool = True, user: Any = None
) -> Import:
    """The same file once more, launched, with other choices. Raises UnreadableSource where the file is gone."""
    try:
        file = row.path.open("rb")
    except OSError as problem:
        raise UnreadableSource(f"The file of {row} is no longer on this machine. Upload it again.") from problem
    with file:
        made = new_import(
            dataset=row.dataset,
            file=file,
            name=row.file_name,
            format=format,
            options=options,
            dry_run=dry_run,
            user=user,
        )
    launch(made)
    return made


def import_now(row: Import) -> Import:
    """Do the import in this process, without a worker. Raises what made it fail."""
    run_leased(Import, row.pk, work_import)
    row.refresh_from_db()
    return row


def find_or_make_dataset(*, team: Team, slug: str) -> Dataset:
    dataset, _ = Dataset.objects.get_or_create(team=team, slug=slug, defaults={"name": slug.replace("-", " ").title()})
    return dataset


def work_import(lease: Lease) -> None:
    """Read the whole file; a second attempt takes back what the first one had kept."""
    row: Import = lease.row  # type: ignore[assignment]
    Example.objects.filter(imported_by=row).delete()
    size = max(row.path.stat().st_size, 1)
    with row.path.open("rb") as file, row.skips_path.open("w", encoding="utf-8") as skips:
        lease.beat(options=row.options | {SEEN: {"sheets": sheet_names(file, row.file_name), "columns": []}})
        first, found = begun(records(file, row.file_name, sheet=row.options.get("sheet", "")))
        lease.beat(options=row.options | {SEEN: row.options[SEEN] | {"columns": columns_of(first)}})
        name = row.format if row.format != AUTO else recognised(values_of(first), row.options.get("columns"))
        intake = Intake(row, name, lambda skip: print(json.dumps(skip, ensure_ascii=False), file=skips))
        try:
            for count, record in enumerate(found, 1):
                intake.take(record)
                if count % BEAT_EVERY == 0:
                    lease.beat(step=f"Row {record.number}", progress=min(file.tell() / size, 1.0))
            intake.flush()
        except BaseException:
            Example.objects.filter(imported_by=row).delete()
            raise
        finally:
            intake.close()
    lease.beat(step="", format=name, counts=intake.counts, faults=intake.faults, samples=intake.samples)


def begun(found: Iterator[Record]) -> tuple[list[Record], Iterator[Record]]:
    """The first records, and all of them."""
    first = list(islice(found, LOOKED_AT))
    return first, chain(first, found)


def values_of(first: list[Record]) -> list[dict[str, Any]]:
    return [record.value for record in first if record.value is not None]


def columns_of(first: list[Record]) -> list[dict[str, Any]]:
    """The columns of the first rows, each with what stands in it first: [{"name", "values"}]."""
    rows = values_of(first)
    names = list(dict.fromkeys(name for row in rows for name in row if len(name) <= LONGEST_NAME))[:MOST_COLUMNS]
    return [{"name": name, "values": examples_of(name, rows)} for name in names]


def examples_of(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """The first few different texts of a column, cut short."""
    told = (row[name] if isinstance(row.get(name), str) else json_text(row.get(name)) for row in rows if name in row)
    short = (text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …" for text in told if text.strip())
    return list(islice(dict.fromkeys(short), SHOWN_VALUES))
