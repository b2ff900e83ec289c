"""What changed between two frozen versions: rows by example, found line by line, and their tools. Pure.

A version's file is one JSON object a line. Lines that stand in both files are never read as JSON; of the others only
where they begin is kept, so that memory holds a few numbers for each row, whatever it says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, BinaryIO

from training.argument_changes import ToolChange
from training.argument_coverage import functions
from training.tool_changes import changes

FIELDS = (
    "messages", "tools", "context", "expected", "split", "kind", "task", "language", "brand", "group", "synthetic",
)  # fmt: skip
ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"
OUTCOMES = (ADDED, REMOVED, MOVED, CHANGED)
COMPARED = ("split", "task", "language", "tool")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that differs: `fields` in which it does, and where its lines begin, None where it has none.

    "moved" is on the other side of the split now, whatever else changed with it.
    """

    example: int
    outcome: str
    fields: tuple[str, ...] = ()
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Difference:
    """The rows that differ, by example, and how many stayed as they were."""

    entries: tuple[Entry, ...]
    same: int

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(entry.outcome for entry in self.entries)
        return {**{outcome: found[outcome] for outcome in OUTCOMES}, "same": self.same}


@dataclass(frozen=True)
class Delta:
    """How often a value of a field occurs in both versions."""

    value: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class ToolDifference:
    name: str
    outcome: str
    changes: tuple[ToolChange, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"tool": self.name, "outcome": self.outcome, "changes": [each.as_json() for each in self.changes]}


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(where it begins, the line), from the beginning."""
    file.seek(0)
    at = 0
    for line in file:
        if line.strip():
            yield at, line
        at += len(line)


def row_at(file: BinaryIO, at: int) -> dict[str, Any]:
    file.seek(at)
    row: dict[str, Any] = json.loads(file.readline())
    return row


def difference(before: BinaryIO, after: BinaryIO) -> Difference:
    """The rows that differ between two files of frozen rows; each is read through once, differing lines again."""
    gone = {digest(line): at for at, line in lines(before)}
    come, same = [], 0
    for at, line in lines(after):
        if gone.pop(digest(line), None) is None:
            come.append(at)
        else:
            same += 1
    old = {row_at(before, at)["example"]: at for at in gone.values()}
    entries = []
    for at in come:
        row = row_at(after, at)
        was = old.pop(row["example"], None)
        if was is None:
            entries.append(Entry(row["example"], ADDED, after=at))
        else:
            entries.append(changed(row_at(before, was), row, was, at))
    entries += [Entry(example, REMOVED, before=at) for example, at in old.items()]
    return Difference(tuple(sorted(entries, key=lambda entry: entry.example)), same)


def digest(line: bytes) -> bytes:
    return blake2b(line.rstrip(b"\n"), digest_size=16).digest()


def changed(old: Mapping[str, Any], new: Mapping[str, Any], before: int, after: int) -> Entry:
    fields = tuple(name for name in FIELDS if old.get(name) != new.get(name))
    return Entry(new["example"], MOVED if "split" in fields else CHANGED, fields, before, after)


def deltas(before: Any, after: Any) -> dict[str, list[Delta]]:
    """What occurs more or less often, from the `statistics` of both versions; fields without a change are left out."""
    found = {}
    for field in COMPARED:
        old, new = counts_in(before, field), counts_in(after, field)
        differ = [Delta(value, old.get(value, 0), new.get(value, 0)) for value in dict.fromkeys([*old, *new])]
        if differ := [each for each in differ if each.change]:
            found[field] = sorted(differ, key=lambda each: -abs(each.change))
    return found


def counts_in(told: Any, field: str) -> dict[str, int]:
    counts = told.get(field) if isinstance(told, Mapping) else None
    return {str(k): v for k, v in counts.items() if isinstance(v, int)} if isinstance(counts, Mapping) else {}


def tool_differences(before: Any, after: Any) -> list[ToolDifference]:
    """The tools that came, went, or are declared otherwise, in the order of the newer version."""
    old, new = ({each["name"]: each for each in functions(tools)} for tools in (before, after))
    found = []
    for name, function in new.items():
        if name not in old:
            found.append(ToolDifference(name, ADDED))
        elif old[name] != function:
            found.append(ToolDifference(name, CHANGED, tuple(known_changes(old[name], function))))
    return found + [ToolDifference(name, REMOVED) for name in old if name not in new]


def known_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[ToolChange]:
    """What changed; nothing is known about a declaration that is none."""
    try:
        return changes({"function": before}, {"function": after})
    except (AttributeError, KeyError, TypeError):
        return ()
