"""A row of a source: what it holds, or what is wrong with it. The limits that keep any source in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.errors import UnreadableRow

LONGEST_RECORD = 4 * 1024 * 1024
DEEPEST_RECORD = 100
MOST_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    """Row `number` (from 1) of a source: its `value`, or a `problem` in a sentence and the `field` that has it."""

    number: int
    value: dict[str, Any] | None
    problem: str = ""
    field: str = ""

    @classmethod
    def refused(cls, number: int, error: UnreadableRow, where: str = "") -> Record:
        """The record of a row that cannot be read; `where` ("Line 7") opens the sentence when it is given."""
        text = str(error)
        return cls(number, None, f"{where}: {text[:1].lower()}{text[1:]}" if where else text, error.field)


class Taken:
    """Bytes that are collected piece by piece, and only counted once they are longer than a record may be."""

    __slots__ = ("pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.fits:
            self.pieces.append(piece)
        else:
            self.pieces.clear()

    def extend(self, other: Taken) -> None:
        """Add all that another one has taken, or its size where that was too much."""
        self.size += other.size
        if self.fits:
            self.pieces += other.pieces
        else:
            self.pieces.clear()

    @property
    def fits(self) -> bool:
        """Whether this is not longer than a record may be."""
        return self.size <= LONGEST_RECORD

    def joined(self) -> bytes:
        """All bytes; raises `UnreadableRow` where they are too many."""
        if not self.fits:
            raise too_long(self.size)
        return self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)


def too_long(size: int) -> UnreadableRow:
    megabytes = f"{size / 1024 / 1024:,.1f}"
    return UnreadableRow(f"The row is {megabytes} MB long, and at most 4 MB are read. Split it into several rows.")
