"""Augmenting a dataset: synthetic rows made from its own, linked to their source, as drafts for review."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from background.lease import Lease
from background.queue import launch
from background.running import run_leased
from brands.models import Brand
from training.augmenting.industries import templates
from training.augmenting.values import checked_values
from training.errors import AugmentationRefused
from training.models import Augmentation, Dataset, Example
from training.services.augmented_rows import attempts, given_values
from training.services.new_rows import NewRows, folder
from training.services.suggested_rows import endpoint

MOST_ROWS = 5_000
LARGEST_SEED = 2**31 - 1
BEAT_EVERY = 50


def new_augmentation(
    *,
    dataset: Dataset,
    method: str,
    count: int,
    seed: int = 1,
    options: Mapping[str, Any] | None = None,
    dry_run: bool = True,
    user: Any = None,
) -> Augmentation:
    """The row of an augmentation, not launched yet. `options`: "industries", "values", "pack".

    Raises AugmentationRefused for choices that cannot be followed.
    """
    chosen = checked(method, count, seed, dict(options or {}))
    row: Augmentation = Augmentation(
        team=dataset.team,
        dataset=dataset,
        method=method,
        seed=seed,
        options=chosen | {"count": count, "dry_run": dry_run},
        created_by=user,
        queue="curation",
        function="training.jobs.augment",
    )
    row.save()
    return row


def checked(method: str, count: int, seed: int, options: dict[str, Any]) -> dict[str, Any]:
    if method not in Augmentation.Method.values:
        raise AugmentationRefused(
            f"There is no method '{method}'. Use one of: {', '.join(Augmentation.Method.values)}."
        )
    if not 1 <= count <= MOST_ROWS:
        raise AugmentationRefused(f"Ask for between 1 and {MOST_ROWS:,} rows at a time, not {count:,}.")
    if not 0 <= seed <= LARGEST_SEED:
        raise AugmentationRefused(f"A seed is a number from 0 to {LARGEST_SEED:,}.")
    if unknown := sorted(set(options.get("industries") or ()) - set(templates())):
        raise AugmentationRefused(f"There is no industry '{unknown[0]}'. Use some of: {', '.join(templates())}.")
    if method == Augmentation.Method.MODEL:
        endpoint()
    options["values"] = checked_values(options.get("values") or {})
    given_values(options)
    return options


@transaction.atomic
def launch_augmentation(*, row: Augmentation) -> None:
    """Queue the augmentation after the commit."""
    launch(row)


@transaction.atomic
def keep(*, dry_run: Augmentation, user: Any = None) -> Augmentation:
    """The same augmentation once more, this time for good, with the answers that a model has given already."""
    chosen = {name: dry_run.options[name] for name in ("industries", "values", "pack") if name in dry_run.options}
    row = new_augmentation(
        dataset=dry_run.dataset,
        method=dry_run.method,
        count=dry_run.options["count"],
        seed=dry_run.seed,
        options=chosen,
        dry_run=False,
        user=user,
    )
    answers = folder(dry_run) / "answers.jsonl"
    if answers.exists():
        folder(row).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(answers, folder(row) / answers.name)
    launch(row)
    return row


def augment_now(row: Augmentation) -> Augmentation:
    """Do the augmentation in this process, without a worker."""
    run_leased(Augmentation, row.pk, work_augmentation)
    row.refresh_from_db()
    return row


def skips_path(row: Augmentation) -> Path:
    """Every attempt that made no row, one JSON object a line: row (the source's), field, outcome, reason."""
    return folder(row) / "skips.jsonl"


def work_augmentation(lease: Lease) -> None:
    """Make rows until there are enough; a second attempt takes back what the first one had kept."""
    row: Augmentation = lease.row  # type: ignore[assignment]
    take_back(row)
    folder(row).mkdir(parents=True, exist_ok=True)
    wanted = row.options["count"]
    with skips_path(row).open("w", encoding="utf-8") as skips:
        new_rows = NewRows(row, lambda skip: print(json.dumps(skip, ensure_ascii=False), file=skips))
        try:
            for number, attempt in enumerate(attempts(row, folder(row)), 1):
                new_rows.take(attempt)
                made = new_rows.counts["made"]
                if number % BEAT_EVERY == 0 or row.method == Augmentation.Method.MODEL:
                    lease.beat(step=f"{made} of {wanted} rows", progress=made / wanted)
                if made >= wanted:
                    break
            new_rows.flush()
        except BaseException:
            take_back(row)
            raise
        finally:
            new_rows.close()
    lease.beat(step="", counts=new_rows.told())


@transaction.atomic
def take_back(row: Augmentation) -> None:
    """Delete the rows this augmentation has made, and the brands it has invented for them alone."""
    mine = Example.objects.filter(augmented_by=row)
    others = Example.objects.filter(brand=OuterRef("pk")).exclude(augmented_by=row)
    brands = Brand.objects.of(row.team).filter(Exists(mine.filter(brand=OuterRef("pk"))), ~Exists(others))
    keys = list(brands.filter(synthetic=True).values_list("pk", flat=True))
    mine.delete()
    if row.method == Augmentation.Method.BRANDS:
        Brand.objects.filter(pk__in=keys).delete()
