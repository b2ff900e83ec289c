"""Comparing two frozen versions of a dataset, from the files they were frozen into."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from training.errors import UnknownVersion
from training.models import Dataset, DatasetVersion
from training.services.datasets import open_rows
from training.version_diff import Difference, Entry, deltas, difference, row_at, tool_differences

REMEMBERED = 2  # differences kept for the next page of the same two versions


def find_version(*, dataset: Dataset, number: int) -> DatasetVersion:
    """Raises UnknownVersion with the numbers there are."""
    found: DatasetVersion | None = dataset.versions.select_related("dataset").filter(number=number).first()
    if found is None:
        numbers = dataset.versions.order_by("number").values_list("number", flat=True)
        known = ", ".join(map(str, numbers)) or "none yet, freeze it first"
        raise UnknownVersion(f"The dataset '{dataset.slug}' has no version {number}. Its versions: {known}.")
    return found


def version_before(version: DatasetVersion) -> DatasetVersion:
    """Raises UnknownVersion for the first version of a dataset."""
    earlier = DatasetVersion.objects.filter(dataset=version.dataset_id, number__lt=version.number)
    found: DatasetVersion | None = earlier.select_related("dataset").order_by("-number").first()
    if found is None:
        raise UnknownVersion(f"{version} is the first version of its dataset: there is none to compare it with.")
    return found


def compare(*, before: DatasetVersion, after: DatasetVersion) -> Difference:
    """The rows that differ. Raises NothingToTrainOn when a file is missing or was changed on disk."""
    with ExitStack() as stack:
        for version in (before, after):
            stack.enter_context(open_rows(version))
    return remembered(str(before.path), str(after.path))


@lru_cache(maxsize=REMEMBERED)
def remembered(before: str, after: str) -> Difference:
    """The difference of two files, which are named by what is in them and never change."""
    with open(before, "rb") as old, open(after, "rb") as new:
        return difference(old, new)


def rows_of(
    entries: Sequence[Entry], *, before: DatasetVersion, after: DatasetVersion
) -> list[tuple[Entry, dict[str, Any] | None, dict[str, Any] | None]]:
    """Each entry with its row in both versions, None where it has none."""
    with before.path.open("rb") as old, after.path.open("rb") as new:
        return [
            (
                entry,
                None if entry.before is None else row_at(old, entry.before),
                None if entry.after is None else row_at(new, entry.after),
            )
            for entry in entries
        ]


def as_json(*, before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    """What `manage.py diff_versions --json` prints."""
    found = compare(before=before, after=after)
    changed = deltas(before.statistics, after.statistics)
    return {
        "dataset": after.dataset.slug,
        "before": before.number,
        "after": after.number,
        "counts": found.counts,
        "deltas": {
            field: {each.value: {"before": each.before, "after": each.after} for each in values}
            for field, values in changed.items()
        },
        "tools": [each.as_json() for each in tool_differences(before.tools, after.tools)],
        "rows": [
            {"example": entry.example, "outcome": entry.outcome, "fields": list(entry.fields)}
            for entry in found.entries
        ],
    }
