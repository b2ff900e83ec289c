"""What comes of one attempt to make a row: the row, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """Why no row was made: a short `outcome` to count by, and a sentence."""

    outcome: str
    reason: str


Attempts = Iterator[Row | LeftOut]
