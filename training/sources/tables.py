"""The rows of CSV and TSV tables, with the header's names as keys and every cell as the text it is."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence

from training.errors import UnreadableRow, UnreadableSource
from training.sources.json_text import printable, refuse_unsafe
from training.sources.lines import Line, lines
from training.sources.record import LONGEST_RECORD, Record, too_long

DELIMITERS = ",;\t|"
SAMPLED_ROWS = 20
MOST_LINES = 10_000
MOST_COLUMNS = 1_000
Cells = list[str]

csv.field_size_limit(LONGEST_RECORD)


class Lines:
    """The lines of a table as `csv` asks for them, and the ones it asked for since `begin`, to read them again."""

    def __init__(self, found: Iterator[Line]) -> None:
        self.found = found
        self.again: deque[Line] = deque()
        self.used: list[Line] = []
        self.size = 0

    def begin(self) -> int:
        """Start a row; the number of the line it starts in, or 0 at the end."""
        self.used, self.size = [], 0
        if not self.again and (line := next(self.found, None)):
            self.again.append(line)
        return self.again[0].number if self.again else 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.found)
        self.used.append(line)
        self.size += line.taken.size
        if self.size > LONGEST_RECORD or len(self.used) > MOST_LINES:
            raise too_long(self.size)
        return line.taken.joined().decode(errors="surrogateescape") + "\n"

    def give_back(self) -> None:
        """Let all lines of the row but its first be read again, as rows of their own."""
        self.again.extendleft(reversed(self.used[1:]))


def table_records(text: Iterator[bytes], name: str, delimiter: str) -> Iterator[Record]:
    """One record for every row below the header that has a filled cell.

    Raises `UnreadableSource` for a header that cannot be read, or that has a name twice or a column without one.
    """
    rows = table_rows(Lines(lines(text)), delimiter)
    columns = header(next((cells for _, cells in rows), []), name)
    for number, (line, cells) in enumerate(rows, start=1):
        try:
            yield Record(number, fitted(cells, columns))
        except UnreadableRow as error:
            yield Record.refused(number, error, f"Line {line}")


def table_rows(source: Lines, delimiter: str) -> Iterator[tuple[int, Cells | UnreadableRow]]:
    """The line each row starts in and its cells, or why it has none; rows without a filled cell are left out."""
    while line := source.begin():
        cells = next_row(source, delimiter)
        if isinstance(cells, UnreadableRow) or any(map(str.strip, cells)):
            yield line, cells


def next_row(source: Lines, delimiter: str) -> Cells | UnreadableRow:
    """A row's cells, or what is wrong with it; then its first line alone is spent."""
    try:
        return next(csv.reader(source, delimiter=delimiter, strict=True), [])
    except UnreadableRow as error:
        open_quote = "A quotation mark of the row is not closed within 4 MB. Close it, or write it twice to show it."
        problem = UnreadableRow(open_quote) if len(source.used) > 1 else error
    except csv.Error as error:
        problem = UnreadableRow(because(str(error)))
    source.give_back()
    return problem


def because(reason: str) -> str:
    if "new-line" in reason:
        return "The row has a carriage return without a line feed. Save the file with the line ends of Unix or Windows."
    return f"The row cannot be cut into cells ({reason}). Correct its quotation marks."


def header(cells: Cells | UnreadableRow, name: str) -> list[str]:
    """The columns' names; raises `UnreadableSource` where they do not tell the columns apart."""
    if isinstance(cells, UnreadableRow):
        raise UnreadableSource(f"The first row of '{name}' should name the columns. {cells}")
    columns = [cell.strip() for cell in cells]
    if len(columns) > MOST_COLUMNS:
        raise UnreadableSource(
            f"'{name}' has {len(columns):,} columns; {MOST_COLUMNS:,} are read. Keep the ones needed."
        )
    seen: set[str] = set()
    for at, column in enumerate(columns, start=1):
        if not column:
            raise UnreadableSource(f"Column {at} of '{name}' has no name. Name it in the first row, or delete it.")
        if column in seen:
            raise UnreadableSource(f"'{name}' has two columns named '{printable(column)}'. Rename one of them.")
        seen.add(column)
    try:
        refuse_unsafe("".join(columns), "", damaged=True)
    except UnreadableRow as error:
        raise UnreadableSource(f"The first row of '{name}' should name the columns. {error}") from error
    return columns


def fitted(cells: Cells | UnreadableRow, columns: Sequence[str]) -> dict[str, str]:
    """The cells by column; raises `UnreadableRow` where they are too few, too many or not text."""
    if isinstance(cells, UnreadableRow):
        raise cells
    if len(cells) != len(columns):
        raise UnreadableRow(
            f"The row has {len(cells)} cells and the header {len(columns)}. Correct it, or quote cells with delimiters."
        )
    for column, cell in zip(columns, cells, strict=True):
        refuse_unsafe(cell, column, damaged=True)
    return dict(zip(columns, cells, strict=True))


def delimiter_of(head: bytes) -> str:
    """The delimiter that gives most of a table's first rows as many cells as the header, and most of them."""
    sample = head.decode(errors="replace").split("\n")[: SAMPLED_ROWS + 1]
    if len(sample) > 1:
        sample.pop()
    return max(DELIMITERS, key=lambda delimiter: agreement(sample, delimiter))


def agreement(sample: Sequence[str], delimiter: str) -> tuple[int, int]:
    try:
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows), width) if width > 1 else (0, 0)
