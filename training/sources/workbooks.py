"""The rows of an Excel sheet, streamed out of its archive: numbers, dates and yes or no become text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from tempfile import TemporaryFile
from typing import BinaryIO

from training.errors import UnreadableRow, UnreadableSource
from training.sources.archives import Archive
from training.sources.json_text import printable, refuse_unsafe
from training.sources.kinds import ZIP
from training.sources.markup import Passing, passed
from training.sources.record import Record
from training.sources.sheets import Reader, Row, Sheet, letters
from training.sources.tables import header
from training.sources.workbook_parts import LARGEST_PART, Styles, Texts, Workbook


def workbook_records(stream: BinaryIO, name: str, sheet: str = "") -> Iterator[Record]:
    """One record for every row below the header, which is the first row with a filled cell.

    Raises `UnreadableSource` for a file that is no workbook or a bomb, for a sheet it does not have, and for a header
    with a name twice or a column without one.
    """
    archive = Archive(stream, name)
    book = Workbook(archive)
    with TemporaryFile() as file:
        reader = Reader(texts_of(book, archive, file), styles_of(book, archive), book.from_1904)
        rows = filled_rows(archive, part_of(book, sheet, name), reader)
        columns = header_of(next(rows, None), name)
        yield from body(rows, columns)


def sheet_names(stream: BinaryIO, name: str) -> list[str]:
    """The titles of a workbook's sheets, in order; none for a file of another kind or one that cannot be opened."""
    head = stream.read(len(ZIP))
    stream.seek(0)
    try:
        return list(Workbook(Archive(stream, name)).sheets) if head == ZIP else []
    except UnreadableSource:
        return []
    finally:
        stream.seek(0)


def part_of(book: Workbook, sheet: str, name: str) -> str:
    if not book.sheets:
        raise UnreadableSource(f"'{name}' has no sheet with rows. Choose another file.")
    if sheet and sheet not in book.sheets:
        titles = ", ".join(f"'{printable(title)}'" for title in book.sheets)
        raise UnreadableSource(f"'{name}' has no sheet '{printable(sheet)}'. Use one of: {titles}.")
    return book.sheets[sheet or next(iter(book.sheets))]


def texts_of(book: Workbook, archive: Archive, file: BinaryIO) -> Texts:
    texts = Texts(file, archive.name)
    part = book.relations.target("sharedStrings")
    if part in archive:
        passed(texts, archive.blocks(part), archive.name)
    return texts


def styles_of(book: Workbook, archive: Archive) -> Styles:
    styles = Styles()
    part = book.relations.target("styles")
    if part in archive:
        passed(styles, archive.blocks(part, LARGEST_PART), archive.name)
    return styles


def filled_rows(archive: Archive, part: str, reader: Reader) -> Iterator[Row]:
    sheet = Sheet(reader)
    for _ in Passing(sheet, archive.name).steps(archive.blocks(part)):
        yield from (row for row in sheet.ended if row.cells or not row.fits)
        sheet.ended.clear()


def header_of(row: Row | None, name: str) -> dict[int, str]:
    """The columns' names by column; raises `UnreadableSource` where they do not tell the columns apart."""
    if row is None or not row.cells:
        return {}
    for column, cell in row.cells.items():
        if cell.problem:
            raise UnreadableSource(
                f"Cell {letters(column)}{row.number} of '{name}' should name a column. {cell.problem}"
            )
    first, last = min(row.cells), max(row.cells)
    texts = [row.cells[at].text if at in row.cells else "" for at in range(first, last + 1)]
    return dict(enumerate(header(texts, name), start=first))


def body(rows: Iterator[Row], columns: Mapping[int, str]) -> Iterator[Record]:
    """The records; a fault of the file behind its first rows is the last record's problem."""
    number = 0
    try:
        for row in rows:
            number += 1
            yield record(number, row, columns)
    except UnreadableSource as error:
        yield Record.refused(number + 1, UnreadableRow(str(error)))


def record(number: int, row: Row, columns: Mapping[int, str]) -> Record:
    try:
        return Record(number, fitted(row, columns))
    except UnreadableRow as error:
        return Record.refused(number, error, f"Row {row.number} of the sheet")


def fitted(row: Row, columns: Mapping[int, str]) -> dict[str, str]:
    """The row's texts by column name; raises `UnreadableRow`."""
    if not row.fits:
        raise UnreadableRow("The row holds more than 4 MB of text. Split it into several rows.")
    for column, cell in row.cells.items():
        if column not in columns:
            raise UnreadableRow(f"Cell {letters(column)}{row.number} stands in a column without a name. Empty it.")
        if cell.problem:
            raise UnreadableRow(f"{cell.problem} ({letters(column)}{row.number})", columns[column])
        refuse_unsafe(cell.text, columns[column])
    return {name: row.cells[column].text if column in row.cells else "" for column, name in columns.items()}
