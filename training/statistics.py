"""What is in a frozen version, read once from its first row to its last: counts, lengths, coverage and gaps. Pure."""

from __future__ import annotations

import json
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.argument_coverage import SIDES, Coverage, calls_of
from training.gaps import gaps

Row = Mapping[str, Any]
COUNTED = ("split", "kind", "task", "language", "brand", "synthetic")
CALLS = "tool_calls"  # the task whose answers are compared with the calls of the row itself
BINS = 12
MANY = 10  # turns or calls from which on they are counted together


def statistics(rows: Iterable[Row], tools: Any) -> dict[str, Any]:
    """The statistics of the rows, which may come from an iterator; memory does not grow with what they say.

    The shape is {"split", "kind", "task", "language", "brand", "synthetic", "tool", "turns", "calls": counts by
    value; "lengths": {"request", "answer"}, see `lengths`; "arguments": see `Coverage`; "gaps": see `gaps`}.
    """
    reader = Reader(tools)
    for row in rows:
        reader.take(row)
    return reader.as_json()


class Reader:
    def __init__(self, tools: Any) -> None:
        self.counts: dict[str, Counter[str]] = {field: Counter() for field in COUNTED}
        self.tools: Counter[str] = Counter()
        self.turns: Counter[int] = Counter()
        self.calls: Counter[int] = Counter()
        self.sides: dict[str, dict[str, Counter[str]]] = {"task": {}, "language": {}}
        self.lengths = {"request": array("L"), "answer": array("L")}
        self.coverage = Coverage(tools)
        self.declared = {tool["function"]["name"]: tool for tool in tools}
        self.older: Counter[str] = Counter()
        self.unjudged: Counter[str] = Counter()

    def take(self, row: Row) -> None:
        side = "train" if row["split"] == "train" else "held_out"
        for field in COUNTED:
            self.counts[field][str(row[field]) or "none"] += 1
        for field, found in self.sides.items():
            found.setdefault(str(row[field]), Counter())[side] += 1
        self.tools.update(dict.fromkeys((tool["function"]["name"] for tool in row["tools"]), 1))
        named = {tool["function"]["name"]: tool for tool in row["tools"]}
        self.older.update(name for name, tool in named.items() if self.declared.get(name, tool) != tool)
        self.coverage.take(row, side)
        self.take_messages(row["messages"])
        if side == "held_out" and not row["expected"] and row["task"] != CALLS and not says_calls(row["messages"]):
            self.unjudged[str(row["task"])] += 1

    def take_messages(self, messages: Sequence[Any]) -> None:
        said = [message for message in messages if isinstance(message, Mapping)]
        asked = [message for message in said if message.get("role") == "user"]
        answers = [message for message in said if message.get("role") == "assistant"]
        self.turns[len(asked)] += 1
        self.calls.update(len(calls_of(message)) for message in answers)
        self.lengths["request"].append(sum(map(length, asked)))
        if answers:
            self.lengths["answer"].append(sum(map(length, answers)))

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {field: dict(counts.most_common()) for field, counts in self.counts.items()}
        told["tool"] = dict(self.tools.most_common())
        told["turns"], told["calls"] = in_order(self.turns), in_order(self.calls)
        told["lengths"] = {name: lengths(found) for name, found in self.lengths.items()}
        told["arguments"] = self.coverage.as_json()
        sides = {
            field: {value: {side: counts[side] for side in SIDES} for value, counts in found.items()}
            for field, found in self.sides.items()
        }
        told["gaps"] = [gap.as_json() for gap in gaps(told["arguments"], sides, self.unjudged, self.older)]
        return told


def says_calls(messages: Sequence[Any]) -> bool:
    return bool(messages) and bool(calls_of(messages[-1]))


def length(message: Mapping[str, Any]) -> int:
    """The characters of a message: its text and its calls, these as compact JSON."""
    content = message.get("content")
    calls = ([name, given] for name, given in calls_of(message))
    written = sum(len(json.dumps(call, ensure_ascii=False, separators=(",", ":"), default=str)) for call in calls)
    return written + (len(content) if isinstance(content, str) else 0)


def in_order(counts: Counter[int]) -> dict[str, int]:
    """Counts by number, smallest first; "10+" for ten and more."""
    found = {str(number): counts[number] for number in sorted(counts) if number < MANY}
    many = sum(count for number, count in counts.items() if number >= MANY)
    return found | ({f"{MANY}+": many} if many else {})


def lengths(found: Sequence[int]) -> dict[str, Any]:
    """{"rows", "quartiles": [shortest, 25 %, 50 %, 75 %, longest], "bins": [[from, rows], ...], "width"}.

    The last bin holds everything from its beginning on, so that a few very long rows do not flatten the others.
    """
    if not found:
        return {"rows": 0, "quartiles": [], "bins": [], "width": 0}
    ordered = sorted(found)
    width = bin_width(quantile(ordered, 0.98))
    counts = Counter(min(value // width, BINS - 1) for value in ordered)
    bins = [[number * width, counts[number]] for number in range(max(counts) + 1)]
    quartiles = [quantile(ordered, share) for share in (0, 0.25, 0.5, 0.75, 1)]
    return {"rows": len(ordered), "quartiles": quartiles, "bins": bins, "width": width}


def quantile(ordered: Sequence[int], share: float) -> int:
    """The value below or at which the share of the values lies (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def bin_width(highest: int) -> int:
    """The smallest round width with which twelve bins reach beyond `highest`."""
    power = 1
    while True:
        for step in (1, 2, 3, 4, 5, 6, 8):
            if step * power * BINS > highest:
                return step * power
        power *= 10
