"""Records as the cells of a CSV table that no spreadsheet runs, and such cells as they were.

A row in which a text was neutralised says so in a column of its own, so that a foreign table's apostrophes stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from training.formats import about
from training.formats.fields import json_text
from training.sources.cells import neutralised, told

MARK, YES = "neutralised", "yes"
# By format: the fields its `write` fills beside the columns of an example.
OWN = {
    "aidirector": ("messages", "tools"),
    "openai": ("messages", "tools"),
    "sharegpt": ("conversations", "tools", "system"),
    "alpaca": ("instruction", "input", "output", "system", "history"),
    "prompt_completion": ("prompt", "completion"),
    "learning_path": ("goal", "level", "steps"),
    "tutoring": ("question", "answer"),
    "classification": ("text", "label", "scores"),
}


def header(name: str) -> list[str]:
    """The columns of a format's table."""
    return [*OWN[name], *(field for field in about.FITS if field not in OWN[name]), MARK]


def csv_lines(name: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The table of a format's records, line by line, its columns first."""
    columns = header(name)
    yield csv_line(columns)
    yield from (csv_line(row_of(record, columns)) for record in records)


def row_of(record: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    plain = [cell_text(record.get(column)) for column in columns if column != MARK]
    safe = [neutralised(text) for text in plain]
    return [*safe, YES if safe != plain else ""]


def cell_text(value: Any) -> str:
    """A value as a cell: texts as they are, nothing as nothing, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return line.getvalue()


def as_written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A table's row with the texts that were neutralised as they were, and without the column that says so."""
    if MARK not in row or row[MARK] not in (YES, ""):
        return dict(row)
    cells = {column: value for column, value in row.items() if column != MARK}
    if row[MARK] != YES:
        return cells
    return {column: told(value) if isinstance(value, str) else value for column, value in cells.items()}
