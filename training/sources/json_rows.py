"""The rows of JSON Lines and of JSON files: a list of objects, an object around one, or objects one after another."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import UnreadableRow, UnreadableSource
from training.sources.json_scanner import Cursor
from training.sources.json_text import read_object
from training.sources.lines import lines
from training.sources.record import Record, Taken

SPACE = b" \t\r"
AROUND = {b'"data"', b'"rows"', b'"examples"'}


def line_records(text: Iterator[bytes]) -> Iterator[Record]:
    """One record for every line that is not blank."""
    number = 0
    for line in lines(text):
        if line.taken.fits and not line.taken.joined().strip(SPACE):
            continue
        number += 1
        yield record(number, line.taken, "" if line.number == number else f"Line {line.number}")


def record(number: int, taken: Taken, where: str = "") -> Record:
    try:
        return Record(number, read_object(taken.joined()))
    except UnreadableRow as error:
        return Record.refused(number, error, where)


def file_records(text: Iterator[bytes], name: str) -> Iterator[Record]:
    """One record for every object of a JSON file; what keeps the rest from being read is the last record's problem.

    Raises `UnreadableSource` for a file that begins with neither a list nor an object.
    """
    cursor = Cursor(text)
    if cursor.peek() not in {b"[", b"{"}:
        raise UnreadableSource(f"'{name}' is not JSON: it begins with neither [ nor {{. Export it again.")
    number = 0
    try:
        for taken in rows(cursor):
            number += 1
            yield record(number, taken)
    except UnreadableRow as error:
        yield Record.refused(number + 1, error)


def rows(cursor: Cursor) -> Iterator[Taken]:
    """The text of every row; ends with `UnreadableRow` where the file cannot be read on."""
    if cursor.accept(b"["):
        yield from elements(cursor)
    else:
        while cursor.accept(b"{"):
            yield from object_or_around(cursor)
    if cursor.peek():
        raise cannot_go_on(cursor, "Behind the last row", "the end of the file")


def elements(cursor: Cursor) -> Iterator[Taken]:
    """The values of a list whose opening bracket is behind the cursor."""
    while not cursor.accept(b"]"):
        yield whole(*cursor.value())
        comma_or(cursor, b"]", "Behind the row before")


def object_or_around(cursor: Cursor) -> Iterator[Taken]:
    """The object whose opening bracket is behind the cursor, or the rows in the lists that it is there to hold."""
    single, around = Taken(), False
    single.add(b"{")
    while not cursor.accept(b"}"):
        key = whole(*cursor.value())
        if not cursor.accept(b":"):
            raise cannot_go_on(cursor, "In this row", "a colon")
        listed = key.fits and key.joined() in AROUND and cursor.accept(b"[")
        if listed and cursor.peek() in {b"{", b"]"}:
            around = True
            yield from elements(cursor)
        else:
            single.add(b"," if single.size > 1 else b"")
            single.extend(key)
            single.add(b":[" if listed else b":")
            single.extend(whole(*cursor.nested(Taken(), 1) if listed else cursor.value()))
        comma_or(cursor, b"}", "In this row")
    single.add(b"}")
    if not around:
        yield single


def comma_or(cursor: Cursor, closing: bytes, place: str) -> None:
    """Step over a comma, or stop before the closing bracket."""
    if not cursor.accept(b",") and cursor.peek() != closing:
        raise cannot_go_on(cursor, place, f"a comma or {closing.decode()}")


def whole(taken: Taken, complete: bool) -> Taken:
    if complete:
        return taken
    if taken.size:
        raise UnreadableRow("The file ends in the middle of this row. Export it again, or leave the row out.")
    raise cut_off()


def cut_off() -> UnreadableRow:
    return UnreadableRow("The file ends before its last bracket is closed, so rows may be missing. Export it again.")


def cannot_go_on(cursor: Cursor, place: str, expected: str) -> UnreadableRow:
    """What is said of the place where nothing that may stand there does."""
    sign = cursor.peek().decode(errors="replace")
    if not sign:
        return cut_off()
    return UnreadableRow(
        f"{place} stands {sign!r} where {expected} belongs, and nothing after it was read. Correct the file."
    )
