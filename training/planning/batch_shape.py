"""The shape of the largest batch a stage reads, which decides what memory it takes. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

COUNTED = 240  # rows of a stage, of which
LONGEST = 60  # are those with the most characters, so that the longest row is among them


@dataclass(frozen=True)
class RowLength:
    """A row in tokens: how many are read, how many of them are labelled, how many a decoder of its own writes."""

    read: int
    labels: int
    written: int = 0


@dataclass(frozen=True)
class BatchShape:
    """A batch of `rows` rows padded to `read` tokens each, `labels` of them labelled in all.

    For an encoder-decoder `read` is what the encoder reads and `written` the length the decoder's side is padded to.
    """

    rows: int
    read: int
    labels: int
    written: int = 0


def largest_batch(lengths: Sequence[RowLength], batch: int) -> BatchShape:
    """The batch of the longest rows: rows of a length are read together, and so these meet."""
    longest = sorted(lengths, key=lambda row: (row.read + row.written, row.labels), reverse=True)[:batch]
    return BatchShape(
        rows=len(longest),
        read=max(row.read for row in longest),
        labels=sum(row.labels for row in longest),
        written=max(row.written for row in longest),
    )


def summary(lengths: Sequence[RowLength]) -> dict[str, Any]:
    """{"rows", "median", "longest", "mean", "labelled"} in tokens a row, the last as a share of what is read."""
    sizes = [row.read + row.written for row in lengths]
    return {
        "rows": len(sizes),
        "median": median_low(sizes),
        "longest": max(sizes),
        "mean": round(sum(sizes) / len(sizes), 1),
        "labelled": round(sum(row.labels for row in lengths) / max(sum(row.read for row in lengths), 1), 3),
    }


def counted(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows to count where there are too many: those with the most characters, and others evenly drawn."""
    if len(rows) <= COUNTED:
        return list(rows)
    by_size = sorted(rows, key=characters, reverse=True)
    others, drawn = by_size[LONGEST:], COUNTED - LONGEST
    return by_size[:LONGEST] + [others[number * len(others) // drawn] for number in range(drawn)]


def characters(row: dict[str, Any]) -> int:
    return len(json.dumps([row["messages"], row.get("tools"), row.get("context")], ensure_ascii=False))
