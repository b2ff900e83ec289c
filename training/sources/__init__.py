"""Sources: files of any size as numbered rows, read in constant memory; a row that cannot be read is a row too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import PurePath
from typing import BinaryIO

from training.errors import UnreadableSource
from training.sources.encodings import as_utf8, blocks
from training.sources.json_rows import file_records, line_records
from training.sources.kinds import is_workbook, text_kind
from training.sources.record import Record
from training.sources.tables import delimiter_of, table_records
from training.sources.workbooks import sheet_names, workbook_records

__all__ = ["Record", "records", "sheet_names"]


def records(stream: BinaryIO, name: str, *, sheet: str = "") -> Iterator[Record]:
    """The rows of a JSON, JSON Lines, CSV, TSV or Excel file, numbered from 1; blank lines are no rows.

    A bad row is a record with a problem. Raises `UnreadableSource` for a file that holds no rows at all, which may
    come after the first step. A workbook's stream must be seekable; `sheet` names one of its sheets, else the first.
    """
    found = False
    for record in of_any_kind(stream, PurePath(name).name, sheet):
        found = True
        yield record
    if not found:
        raise UnreadableSource(f"'{PurePath(name).name}' holds no rows. Choose another file.")


def of_any_kind(stream: BinaryIO, name: str, sheet: str) -> Iterator[Record]:
    raw = blocks(stream)
    head = next(raw, b"")
    if is_workbook(name, head):
        return workbook_records(stream, name, sheet)
    if sheet:
        raise UnreadableSource(f"'{name}' has no sheets. Leave the sheet out.")
    text = filter(None, as_utf8(chain([head], raw)))
    return text_records(text, name)


def text_records(text: Iterator[bytes], name: str) -> Iterator[Record]:
    head = next(text, b"")
    text = chain([head], text)
    kind = text_kind(name, head) if head.strip() else "lines"
    if kind == "table":
        return table_records(text, name, "\t" if name.lower().endswith(".tsv") else delimiter_of(head))
    return file_records(text, name) if kind == "json" else line_records(text)
