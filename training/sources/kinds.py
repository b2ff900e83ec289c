"""What kind of file a source is, from its name and from how it begins."""

from __future__ import annotations

from pathlib import PurePath

from training.errors import UnreadableSource

ZIP = b"PK\x03\x04"
NOT_ROWS = {
    b"\x1f\x8b": "a gzip archive. Unpack it",
    b"%PDF": "a PDF document. Import it as a document of a brand",
    b"PAR1": "a Parquet file. Convert it to JSON Lines",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Excel file. Save it as .xlsx without a password",
}
KINDS = "Use .json, .jsonl, .csv, .tsv or .xlsx."


def is_workbook(name: str, head: bytes) -> bool:
    """Whether this is an Excel workbook; raises `UnreadableSource` for a kind of file that holds no rows."""
    for sign, what in NOT_ROWS.items():
        if head.startswith(sign):
            raise UnreadableSource(f"'{name}' is {what}.")
    if PurePath(name).suffix.lower() == ".xlsx" and head and not head.startswith(ZIP):
        raise UnreadableSource(f"'{name}' is named .xlsx and is no Excel workbook. Save it as .xlsx again.")
    return head.startswith(ZIP)


def text_kind(name: str, head: bytes) -> str:
    """ "json", "lines" or "table", for a text that begins with `head`; raises `UnreadableSource` for any other."""
    suffix = PurePath(name).suffix.lower()
    if suffix in {".csv", ".tsv"}:
        return "table"
    if suffix in {".jsonl", ".ndjson"}:
        return "json" if is_spread_out(head) else "lines"
    if suffix == ".json" or head.lstrip()[:1] in {b"[", b"{"}:
        return "lines" if is_lines(head) else "json"
    raise UnreadableSource(f"'{name}' is not a kind of file that holds rows. {KINDS}")


def first_lines(head: bytes) -> list[bytes]:
    return [line for each in head.split(b"\n") if (line := each.strip())][:2]


def is_spread_out(head: bytes) -> bool:
    """Whether one JSON value is written over several lines."""
    return first_lines(head)[:1] in ([b"["], [b"{"])


def is_lines(head: bytes) -> bool:
    """Whether the first line is an object by itself, be it a faulty one, and another one begins below it."""
    found = first_lines(head)
    return len(found) == 2 and found[0].endswith(b"}") and all(line.startswith(b"{") for line in found)
