"""Tables: which column of a CSV or XLSX file is which field, and a record of cells made into one of a format's.

A mapping is {our field: column}. Without one it is guessed from the names of the columns, in English or Thai.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from training.errors import UnreadableRow
from training.formats.cells import as_written
from training.formats.fields import Record, read_json

# By format: the fields it needs, each with the names its column may have.
NEEDED = {
    "alpaca": {
        "instruction": "instruction คำสั่ง โจทย์",
        "output": "output response answer คำตอบ ผลลัพธ์",
    },
    "prompt_completion": {
        "prompt": "prompt พรอมต์ พรอมป์ต ข้อความนำ",
        "completion": "completion response answer คำตอบ ข้อความต่อ",
    },
    "learning_path": {
        "goal": "goal เป้าหมาย",
        "level": "level current_level ระดับ ระดับปัจจุบัน",
        "steps": "steps path ขั้นตอน เส้นทาง",
    },
    "tutoring": {
        "question": "question คำถาม",
        "answer": "answer response คำตอบ เฉลย",
    },
    "classification": {
        "text": "text content ข้อความ เนื้อหา",
        "label": "label classification class category ป้าย ป้ายกำกับ หมวด หมวดหมู่ ประเภท",
    },
}
WELCOME = {
    "input": "input ข้อมูลเข้า ข้อมูลนำเข้า อินพุต",
    "system": "system ระบบ",
    "context": "context บริบท",
    "task": "task งาน",
    "language": "language lang ภาษา",
    "brand": "brand แบรนด์",
    "group": "group กลุ่ม",
    "educational_value": "educational_value คุณค่าทางการศึกษา",
    "engagement": "engagement การมีส่วนร่วม",
}
BESIDE = ("messages", "conversations", "tools", "history", "scores", "expected", "split", "kind", "synthetic", "source")
ENOUGH = ("messages", "conversations", "nodes")  # fields that make a row of a format that is no table by themselves
AS_JSON = {"conversations", "expected", "functions", "history", "messages", "nodes", "scores", "tools"}
AS_LINES = {"steps", "path"}
AS_FLAG = {"synthetic": {"true": True, "false": False, "1": True, "0": False, "": False}}
AS_TEXT = {field for fields in NEEDED.values() for field in fields} - AS_LINES | {"input", "system", "context"}


def is_flat(record: Record) -> bool:
    """Whether a record could be a table's: every value a single cell."""
    return not any(isinstance(value, Mapping | list) for value in record.values())


def guess(columns: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The format that columns of these names make, and the mapping to it; ("", {}) where they make none."""
    return next(((name, found) for name in NEEDED if (found := guess_for(name, columns))), ("", {}))


def guess_for(name: str, columns: Iterable[str]) -> dict[str, str]:
    """The mapping of columns to the fields of one format, empty where one it needs is missing."""
    return dict(remembered(name, tuple(columns)))


@lru_cache(maxsize=256)
def remembered(name: str, columns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    by_name = {folded(column): column for column in reversed(columns)}
    found = {field: column_of(names, by_name) for field, names in NEEDED.get(name, {}).items()}
    if not all(found.values()):
        return ()
    taken = set(found.values())
    for field, names in WELCOME.items():
        column = column_of(names, by_name)
        if column and column not in taken:
            found[field] = column
    return tuple(found.items())


def mappable() -> dict[str, tuple[str, ...]]:
    """The fields a column may be: by format what it needs, under "" those that any row may have."""
    return {**{name: tuple(fields) for name, fields in NEEDED.items()}, "": (*WELCOME, *BESIDE)}


def missing(fields: Iterable[str]) -> tuple[str, ...]:
    """What lacks to make a row of the format that these fields come closest to; nothing when a row comes of them."""
    given = set(fields)
    if given.intersection(ENOUGH):
        return ()
    lacking = [tuple(field for field in needed if field not in given) for needed in NEEDED.values()]
    started = [each for each, needed in zip(lacking, NEEDED.values(), strict=True) if given.intersection(needed)]
    return min(started or lacking, key=len)


def column_of(names: str, by_name: Mapping[str, str]) -> str:
    return next((by_name[name] for name in map(folded, names.split()) if name in by_name), "")


def folded(column: str) -> str:
    """A column's name as it is compared: letter case, spaces and dashes aside."""
    return "_".join(unicodedata.normalize("NFKC", column).casefold().replace("-", " ").replace("_", " ").split())


def as_record(row: Record, columns: Mapping[str, str]) -> dict[str, Any]:
    """A table's row as a record: fields under their own names, then the other columns; cells read as what they hold.

    Raises `UnreadableRow` for a column that is not there and for a cell that does not hold what its field asks for.
    """
    row = as_written(row)
    for field, column in columns.items():
        if column not in row:
            there = ", ".join(f"'{name}'" for name in row)
            raise UnreadableRow(f"There is no column '{column}' for the field '{field}'. There are: {there}.", field)
    taken = set(columns.values())
    named = {field: row[column] for field, column in columns.items()}
    named |= {column: value for column, value in row.items() if column not in taken and column not in named}
    return {field: cell(field, value) for field, value in named.items()}


def cell(field: str, value: Any) -> Any:
    """What a cell of this field holds: text, JSON, one entry a line, or true and false; an empty one nothing."""
    if field in AS_TEXT and isinstance(value, bool | int | float):
        return str(value).upper() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        return value
    if field in AS_FLAG:
        return AS_FLAG[field].get(value.strip().casefold(), value)
    if field not in AS_JSON | AS_LINES:
        return value
    if not value.strip():
        return None
    if field in AS_JSON or value.lstrip().startswith("["):
        return read_json(value, field)
    return [line.strip() for line in value.split("\n") if line.strip()]
