"""Splitting a dataset by group: what was drawn is written, row by row, so that every step can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from training.models import Change, Dataset, Example, Finding, Split
from training.services.content import content_hash
from training.services.datasets import SPLIT_REASON
from training.services.findings import current_tools, findings_of
from training.services.split_preview import STATES, Move, Preview, is_answered, last_calls, preview
from training.splitting import GROUP

CHUNK = 500
Ready = list[tuple[Example, dict[str, Any]]]


def split(
    *, dataset: Dataset, share: float, seed: int, by: str = GROUP, user: Any = None
) -> tuple[Preview, Counter[str]]:
    """Draw the split and write it: (what was drawn, counts of rows moved, relabelled and left as duplicates).

    Approved rows stay approved: only their side changes, not what they say. Held-out rows that end in calls get these
    as `expected`. A row whose very text stands on its new side already is left where it is. Every row that changes
    gets a Change with the reason "split seed 7", which `undo` takes back. Raises SplitRefused.
    """
    told = preview(dataset=dataset, share=share, seed=seed, by=by)
    counts: Counter[str] = Counter({"moved": 0, "relabelled": 0, "duplicate": 0})
    for keys in chunks(list(told.moves)):
        counts.update(write_some(dataset, keys, told, user))
    return told, counts


def chunks(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


@transaction.atomic
def write_some(dataset: Dataset, keys: list[int], told: Preview, user: Any) -> Counter[str]:
    """A few hundred rows in a few queries; where somebody writes the same row meanwhile, one by one."""
    found = dataset.examples.select_for_update(of=("self",)).filter(pk__in=keys, state__in=STATES)
    ready = [(row, columns) for row in found.order_by("pk") if (columns := changed(row, told.moves[row.pk]))]
    free = without_duplicates(dataset, ready)
    counts = Counter({"duplicate": len(ready) - len(free)})
    try:
        with transaction.atomic():
            return counts + written(free, f"{SPLIT_REASON}{told.seed}", user)
    except IntegrityError:
        if len(keys) == 1:
            return counts + Counter({"duplicate": len(free)})
    total: Counter[str] = Counter()
    for key in keys:
        total += write_some(dataset, [key], told, user)
    return total


def changed(row: Example, move: Move) -> dict[str, Any]:
    """The columns that would differ on the row's new side."""
    expected, calls = row.expected, last_calls(row.messages)
    if move.split == Split.HELD_OUT and calls:
        expected = {**(expected if isinstance(expected, Mapping) else {}), "calls": calls}
    elif move.split == Split.TRAIN and calls and expected == {"calls": calls}:
        expected = {}
    columns = {"split": move.split, "kind": move.kind, "expected": expected}
    return {name: value for name, value in columns.items() if getattr(row, name) != value}


def hash_with(row: Example, columns: Mapping[str, Any]) -> str:
    return content_hash(columns.get("split", row.split), row.messages, row.context)


def without_duplicates(dataset: Dataset, ready: Ready) -> Ready:
    """Those that do not become a row the dataset has already."""
    hashes = {row.pk: hash_with(row, columns) for row, columns in ready if "split" in columns}
    taken = set(dataset.examples.filter(content_hash__in=[*hashes.values()]).values_list("content_hash", flat=True))
    free: Ready = []
    for row, columns in ready:
        digest = hashes.get(row.pk)
        if digest is None or digest not in taken:
            free.append((row, columns))
            taken |= {digest} if digest else set()
    return free


def written(ready: Ready, reason: str, user: Any) -> Counter[str]:
    steps, counts = [], Counter[str]()
    for row, columns in ready:
        before = {name: getattr(row, name) for name in columns}
        for name, value in columns.items():
            setattr(row, name, value)
        if "split" in columns:
            row.content_hash = hash_with(row, columns)
        counts["moved" if "split" in columns else "relabelled"] += 1
        steps.append(
            Change(example=row, action=Change.Action.EDIT, user=user, reason=reason, before=before, after=columns)
        )
    rows = [row for row, _ in ready]
    save(rows, {name for _, columns in ready for name in columns})
    Change.objects.bulk_create(steps, batch_size=CHUNK)
    check_unanswered([row for row in rows if not is_answered(row.messages)])
    return counts


def save(rows: list[Example], columns: set[str]) -> None:
    """Write the rows: one UPDATE for each side and kind, and what every row has of its own in batches."""
    if columns & {"split", "kind"}:
        for split, kind in {(row.split, row.kind) for row in rows}:
            keys = [row.pk for row in rows if (row.split, row.kind) == (split, kind)]
            Example.objects.filter(pk__in=keys).update(split=split, kind=kind)
    own = [*(["expected"] if "expected" in columns else []), *(["content_hash"] if "split" in columns else [])]
    if own:
        Example.objects.bulk_update(rows, own, batch_size=100)


def check_unanswered(rows: list[Example]) -> None:
    """Check rows again whose soundness depends on their side: only a held-out one may end before an answer."""
    if not rows:
        return
    current = current_tools(rows[0].dataset.team_id)
    Finding.objects.filter(example__in=rows).delete()
    Finding.objects.bulk_create([finding for row in rows for finding in findings_of(row, current)], batch_size=CHUNK)
