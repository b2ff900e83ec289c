"""AI Director's own export: every column of an example, so that nothing is lost on the way out and in."""

from __future__ import annotations

from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.calls import read_tools
from training.formats.canonical import Canonical
from training.formats.fields import Record
from training.formats.openai import read_messages
from training.formats.openai import recognises as has_messages
from training.formats.turns import check_messages

NAME = "aidirector"
TITLE = "AI Director"
OWN = ("messages", "tools")
COLUMNS = ("tools", "task", "language", "group", "brand", "context", "expected", "split")
EMPTY: dict[str, Any] = dict.fromkeys(about.FITS, "") | {"expected": {}, "synthetic": False}


def recognises(record: Record) -> bool:
    return has_messages(record) and all(key in record for key in COLUMNS)


def read(record: Record) -> list[Canonical]:
    """One row, its other columns in `details`; raises `UnreadableRow` for a column that an example cannot hold."""
    for key, fits in about.FITS.items():
        if record.get(key) not in (None, "") and not fits(record[key]):
            raise UnreadableRow(f"The field '{key}' does not fit the column of that name. Correct or empty it.", key)
    return [about.canonical(record, OWN, read_messages(record), read_tools(record.get("tools")))]


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row, every column in it."""
    check_messages(row)
    return {"messages": row.messages, "tools": row.tools, **EMPTY, **about.columns(row, OWN)}
