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
from training.formats import reader, recognised
from training.models import Dataset, Example, Import
from training.services.intake import Intake
from training.sources import Record, records

AUTO = "auto"
LOOKED_AT = 20  # rows that decide the format
BEAT_EVERY = 200
LONGEST_NAME = 200


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


@transaction.atomic
def keep(*, dry_run: Import, user: Any = None) -> Import:
    """The import of what a dry run has shown: the same file and choices, this time for good."""
    with dry_run.path.open("rb") as file:
        row = new_import(
            dataset=dry_run.dataset,
            file=file,
            name=dry_run.file_name,
            format=dry_run.format,
            options=dry_run.options,
            dry_run=False,
            user=user,
        )
    launch(row)
    return row


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
        found, name = with_format(row, records(file, row.file_name, sheet=row.options.get("sheet", "")))
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


def with_format(row: Import, found: Iterator[Record]) -> tuple[Iterator[Record], str]:
    """The records, all of them, and the format: the one asked for, or the one the first rows are in."""
    if row.format != AUTO:
        return found, row.format
    first = list(islice(found, LOOKED_AT))
    values = [record.value for record in first if record.value is not None]
    return chain(first, found), recognised(values, row.options.get("columns"))
