"""The rows of a worksheet as they pass, and what their cells say as text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from training.sources.markup import Attributes, Handler
from training.sources.record import LONGEST_RECORD
from training.sources.workbook_parts import Said, Styles, Texts, unescaped

LAST_COLUMN = 16_384
REFERENCE = re.compile(r"([A-Za-z]{1,3})\d{1,9}")
FORMULA = "The cell holds a formula. Copy it and paste its value in its place."
FAULTY = "The cell shows an error. Correct it or empty it."
UNKNOWN = "The cell cannot be read as the number, date or text it should be. Type its value anew."


@dataclass(frozen=True)
class Cell:
    """What a cell says, or what is wrong with it."""

    text: str
    problem: str = ""


@dataclass
class Row:
    """Row `number` of a sheet: its filled cells by column, from 1, unless its `size` in characters is too much."""

    number: int
    cells: dict[int, Cell] = field(default_factory=dict)
    size: int = 0

    @property
    def fits(self) -> bool:
        return self.size <= LONGEST_RECORD

    def add(self, column: int, cell: Cell, size: int) -> None:
        self.size += max(size, len(cell.text))
        if not self.fits:
            self.cells.clear()
        elif cell.text.strip() or cell.problem:
            self.cells[column] = cell


@dataclass(frozen=True)
class Reader:
    """What reading a cell takes beside the cell itself."""

    texts: Texts
    styles: Styles
    from_1904: bool

    def cell(self, kind: str, style: str, raw: str) -> Cell:
        """A cell of a kind ("n", "s", "b" ...), with the number of its style and the text in it."""
        try:
            return Cell("", FAULTY) if kind == "e" else Cell(self.text(kind, style, raw) if raw else "")
        except (ValueError, IndexError, OverflowError):
            return Cell("", UNKNOWN)

    def text(self, kind: str, style: str, raw: str) -> str:
        """Raises ValueError, IndexError or OverflowError for what is not of its kind."""
        if kind == "s":
            return unescaped(self.texts[natural(raw)])
        if kind == "b":
            return ("false", "true")[natural(raw)]
        if kind != "n":
            return unescaped(raw)
        time = self.styles.times.get(natural(style), "")
        return time_text(time, float(raw), self.from_1904) if time else number_text(float(raw))


def natural(text: str) -> int:
    """Raises ValueError for anything but a few digits."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def number_text(value: float) -> str:
    """The number as it is typed: 3 rather than 3.0; raises ValueError for what is not finite."""
    if not math.isfinite(value):
        raise ValueError(value)
    return repr(value + 0.0).removesuffix(".0")


def time_text(time: str, days: float, from_1904: bool) -> str:
    """2024-01-31, 2024-01-31 08:30:00, or 08:30:00 for a duration and for a time of day; raises OverflowError."""
    seconds = round(days * 86_400)
    if seconds < 0:
        raise OverflowError
    if time == "duration" or days < 1:
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    moment = first_day(days, from_1904) + timedelta(seconds=seconds)
    return moment.date().isoformat() if seconds % 86_400 == 0 else moment.isoformat(" ")


def first_day(days: float, from_1904: bool) -> datetime:
    """Day 0; for Excel 1900 is a leap year, so that its day 0 differs before the 1st of March."""
    if from_1904:
        return datetime(1904, 1, 1)
    return datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)


class Sheet(Handler):
    """Collects the rows that came to their end in `ended`."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.ended: list[Row] = []
        self.row = Row(0)
        self.column, self.kind, self.style, self.formula = 0, "n", "0", False
        self.said = Said()

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "row":
            said = attributes.get("r", "")
            self.row = Row(int(said) if said.isdecimal() and len(said) < 10 else self.row.number + 1)
            self.column = 0
        elif tag == "c":
            self.column = column_of(attributes.get("r", "")) or self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.formula, self.said = False, Said()
        self.formula |= tag == "f"
        self.said.start(tag)

    def text(self, text: str) -> None:
        self.said.text(text)

    def end(self, tag: str) -> None:
        self.said.end(tag)
        if tag == "c":
            self.row.add(min(self.column, LAST_COLUMN), self.cell(), self.said.size)
        elif tag == "row":
            self.ended.append(self.row)

    def cell(self) -> Cell:
        if self.formula:
            return Cell("", FORMULA)
        return self.reader.cell(self.kind, self.style, "".join(self.said.pieces))


def column_of(reference: str) -> int:
    """3 for C7, and 0 where the reference is none."""
    found = REFERENCE.fullmatch(reference)
    if not found:
        return 0
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def letters(column: int) -> str:
    """C for 3."""
    before, at = divmod(column - 1, 26)
    return (letters(before) if before else "") + chr(ord("A") + at)
