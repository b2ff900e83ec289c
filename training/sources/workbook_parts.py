"""The small parts of an Excel workbook: its sheets, its texts, and which number formats mean a date."""

from __future__ import annotations

import re
from array import array
from posixpath import dirname, join, normpath
from typing import BinaryIO

from training.errors import UnreadableSource
from training.sources.archives import MEGABYTE, Archive
from training.sources.markup import Attributes, Handler, local, passed
from training.sources.record import LONGEST_RECORD

LARGEST_PART = 8 * MEGABYTE
MOST_TEXTS = 4_000_000
DATES = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
BUILT_IN_TIMES = {str(number): "duration" if number == 46 else "date" for number in DATES}
ELAPSED = re.compile(r"\[(h+|m+|s+)\]")
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Relations(Handler):
    """The parts that a part refers to: (kind, target) by id."""

    def __init__(self, archive: Archive, part: str) -> None:
        self.by_id: dict[str, tuple[str, str]] = {}
        self.folder = dirname(part)
        file = f"{self.folder}/_rels/{part.rpartition('/')[2]}.rels".lstrip("/")
        if file in archive:
            passed(self, archive.blocks(file, LARGEST_PART), archive.name)

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = normpath(join("/", self.folder, attributes.get("Target", "")))
            self.by_id[attributes.get("Id", "")] = (kind, target.lstrip("/"))

    def target(self, kind: str) -> str:
        """The part of this kind, or nothing."""
        return next((target for each, target in self.by_id.values() if each == kind), "")


class Workbook(Handler):
    """The worksheets of a workbook in their order, as part by title."""

    def __init__(self, archive: Archive) -> None:
        part = Relations(archive, "").target("officeDocument")
        if part not in archive:
            raise UnreadableSource(f"'{archive.name}' is no Excel workbook. Save it as .xlsx or CSV.")
        self.relations = Relations(archive, part)
        self.sheets: dict[str, str] = {}
        self.from_1904 = False
        passed(self, archive.blocks(part, LARGEST_PART), archive.name)

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true"}
        if tag == "sheet":
            ids = [value for key, value in attributes.items() if local(key) == "id"]
            kind, target = self.relations.by_id.get(ids[0] if ids else "", ("", ""))
            if kind == "worksheet":
                self.sheets[attributes.get("name", "")] = target


class Styles(Handler):
    """`times`: which cell styles show a number as a "date" (or a time of day) or as a "duration"."""

    def __init__(self) -> None:
        self.formats: dict[str, str] = {}
        self.times: dict[int, str] = {}
        self.count = 0
        self.in_cells = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self.in_cells = True
        elif tag == "xf" and self.in_cells:
            if time := self.time(attributes.get("numFmtId", "0")):
                self.times[self.count] = time
            self.count += 1

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self.in_cells = False

    def time(self, number: str) -> str:
        if number in self.formats:
            return time_format(self.formats[number])
        return BUILT_IN_TIMES.get(number, "")


def time_format(code: str) -> str:
    """What a number format makes of a number, by the placeholders outside its literal text and colours."""
    shown = LITERAL.sub("", code.partition(";")[0]).lower()
    if ELAPSED.search(shown):
        return "duration"
    return "date" if shown != "general" and any(sign in shown for sign in "dmyhs") else ""


class Texts(Handler):
    """The texts that cells share, kept in a `file` of their own: `texts[3]` is the fourth."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name = file, name
        self.ends = array("Q", [0])
        self.one = Said()

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "si":
            self.one = Said()
        self.one.start(tag)

    def text(self, text: str) -> None:
        self.one.text(text)

    def end(self, tag: str) -> None:
        self.one.end(tag)
        if tag == "si":
            self.keep(self.one)

    def keep(self, one: Said) -> None:
        if one.size > LONGEST_RECORD or len(self.ends) > MOST_TEXTS:
            raise UnreadableSource(f"'{self.name}' holds more text than fits. Save the sheet as CSV and import that.")
        self.ends.append(self.ends[-1] + self.file.write("".join(one.pieces).encode()))

    def __getitem__(self, at: int) -> str:
        """Raises IndexError where there is no such text."""
        start, end = self.ends[at], self.ends[at + 1]
        self.file.seek(start)
        return self.file.read(end - start).decode()


class Said:
    """The text of a cell as it passes: its value, or its runs without what is written above them for reading aloud."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0
        self.listening = self.aside = False

    def start(self, tag: str) -> None:
        self.aside |= tag == "rPh"
        self.listening = tag in {"t", "v"} and not self.aside

    def text(self, text: str) -> None:
        if self.listening:
            self.size += len(text)
            if self.size <= LONGEST_RECORD:
                self.pieces.append(text)

    def end(self, tag: str) -> None:
        self.listening = False
        if tag == "rPh":
            self.aside = False


def unescaped(text: str) -> str:
    """The text with the control characters that Excel writes as `_x000D_`."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
