"""Mending in bulk what needs no person: each row an edit with its own entry in the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from training.errors import ReviewRefused
from training.models import Change, Example, Finding
from training.row_checks.cures import CURES, mended
from training.row_checks.reading import FIELDS
from training.services.review import edit

MENDED = "mended: "  # begins the reason of an edit that mends
SAMPLES = 3
MOST_AT_ONCE = 500  # rows that a page mends or looks at before it answers


@dataclass(frozen=True)
class Mend:
    """What mending would make of an example: the columns that change, and the codes of the findings that go."""

    example: Example
    columns: dict[str, Any]
    codes: list[str]

    @property
    def reason(self) -> str:
        return f"{MENDED}{', '.join(self.codes)}"


def mended_codes(change: Change) -> list[str]:
    """The findings that an edit of this kind has mended."""
    return change.reason.removeprefix(MENDED).split(", ") if change.reason.startswith(MENDED) else []


def mend_of(example: Example, codes: Iterable[str] = CURES) -> Mend | None:
    """None where nothing can be mended."""
    before = {field: getattr(example, field) for field in FIELDS}
    after, done = mended(before, codes)
    return Mend(example, {name: after[name] for name in FIELDS if after[name] != before[name]}, done) if done else None


@transaction.atomic
def mend(*, example: Example, user: Any = None, codes: Iterable[str] = CURES) -> Change | None:
    """Mend what the row says at this moment; None where nothing can be. Raises ReviewRefused as `edit` does."""
    locked: Example | None = Example.objects.select_for_update().filter(pk=example.pk).first()
    found = mend_of(locked, codes) if locked else None
    return edit(example=found.example, columns=found.columns, user=user, reason=found.reason) if found else None


def mendable(examples: QuerySet[Any], codes: Iterable[str] = CURES) -> QuerySet[Any]:
    """Those with a finding that may be mended; whether it can be, each row says itself."""
    return examples.filter(pk__in=Finding.objects.filter(code__in=list(codes)).values("example")).order_by("pk")


def mends(examples: QuerySet[Any], codes: Iterable[str] = CURES) -> Iterator[Mend]:
    """What would be mended, row by row."""
    wanted = list(codes)
    rows = mendable(examples, wanted).iterator(chunk_size=200)
    return (found for example in rows if (found := mend_of(example, wanted)))


def preview(*, examples: QuerySet[Any], codes: Iterable[str] = CURES) -> tuple[int, list[Mend]]:
    """How many of the first five hundred rows would be mended, and the first three of them."""
    wanted = list(codes)
    keys = list(mendable(examples, wanted).values_list("pk", flat=True)[:MOST_AT_ONCE])
    found = mends(Example.objects.filter(pk__in=keys), wanted)
    first = list(islice(found, SAMPLES))
    return len(first) + sum(1 for _ in found), first


def mend_all(
    *, examples: QuerySet[Any], user: Any = None, codes: Iterable[str] = CURES, most: int | None = MOST_AT_ONCE
) -> dict[str, Any]:
    """Mend the rows, at most `most` of those that may be: {"mended", "left", "by_code", "refused": [{…}]}.

    `left` counts rows with findings that stay: only a person can mend them, or they lie beyond `most`.
    """
    wanted = list(codes)
    keys = list(mendable(examples, wanted).values_list("pk", flat=True))
    told: dict[str, Any] = {"mended": 0, "left": max(0, len(keys) - (most or len(keys))), "by_code": {}, "refused": []}
    for pk in keys[:most]:
        try:
            change = mend(example=Example(pk=pk), user=user, codes=wanted)
        except ReviewRefused as problem:
            told["refused"].append({"example": pk, "reason": str(problem)})
            continue
        told["mended" if change else "left"] += 1
        for code in mended_codes(change) if change else ():
            told["by_code"][code] = told["by_code"].get(code, 0) + 1
    return told
