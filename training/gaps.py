"""What a version's rows leave out, as sentences that say what to do about it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

MOST = 500
SHARE = 0.05  # of all rows: a language with less is no language of the dataset
ENOUGH = 5  # calls from which on one value for all of them says something
NAMES = {"en": "English", "th": "Thai"}
WRITE = "Write some or augment."
HOLD_OUT = "Hold some out, so that it is measured."

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Gap:
    """Something that lacks. `weight` is "error" where held-out rows ask what training rows never show."""

    code: str
    place: str
    message: str
    cure: str
    weight: str = "notice"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def gaps(
    tools: Mapping[str, Any], sides: Mapping[str, Mapping[str, Counts]], unjudged: Counts, older: Counts
) -> list[Gap]:
    """The gaps, gravest first. `tools` as `Coverage` tells it, `sides` = {"task" | "language": {value: counts}},
    `unjudged` rows by task, `older` rows by tool they declare otherwise than the version does."""
    tested = any(counts["held_out"] for counts in sides["task"].values())
    found = [*of_older(older), *islice(every(tools, sides, unjudged, tested), 4 * MOST)]
    order = {"error": 0, "warning": 1, "notice": 2}
    return sorted(found, key=lambda gap: order[gap.weight])[:MOST]


def every(
    tools: Mapping[str, Any], sides: Mapping[str, Mapping[str, Counts]], unjudged: Counts, tested: bool
) -> Iterator[Gap]:
    if not tested:
        cure = "Draw a split, so that what is learned can be measured on rows that were never seen."
        yield Gap("nothing_held_out", "", "No row is held out.", cure, "warning")
    yield from of_sides(sides, tested)
    for task, rows in unjudged.items():
        message = f"{task}: {rows} held-out {'row' if rows == 1 else 'rows'} without 'expected': any answer is right."
        yield Gap("unjudged", task, message, "Write what a right answer must hold.", "warning")
    known = common(called_in(tools))
    for name, tool in tools.items():
        yield from of_tool(name, tool, known, tested)


def of_older(older: Counts) -> Iterator[Gap]:
    """Tools that rows still declare as they were before: these rows teach what is not so any more."""
    for name, rows in older.items():
        message = f"{name}: {rows} {'row declares' if rows == 1 else 'rows declare'} another version of the tool."
        yield Gap("older_tool", name, message, "Migrate the rows, then freeze again.", "error")


def of_sides(sides: Mapping[str, Mapping[str, Counts]], tested: bool) -> Iterator[Gap]:
    """Tasks and languages that only one side of the split has."""
    for field in ("task", "language"):
        usual = common({value: counts["train"] for value, counts in sides[field].items()})
        for value, counts in sides[field].items():
            if not value:
                continue
            name = language(value) if field == "language" else value
            if not counts["train"]:
                message = f"{name}: held-out rows, and none to learn from."
                yield Gap(f"untrained_{field}", value, message, "Write training rows or draw another split.", "error")
            elif tested and not counts["held_out"] and value in usual:
                yield Gap(f"untested_{field}", value, f"{name}: no held-out row.", HOLD_OUT, "warning")


def called_in(tools: Mapping[str, Any]) -> dict[str, int]:
    """How many training rows call tools in each language."""
    found: dict[str, int] = {}
    for tool in tools.values():
        for value, rows in tool["languages"].items():
            found[value] = found.get(value, 0) + rows
    return found


def common(counts: Counts) -> list[str]:
    """The named values that at least a twentieth of the rows has."""
    least = SHARE * sum(counts.values())
    return [value for value, rows in counts.items() if value and rows and rows >= least]


def language(value: str) -> str:
    return NAMES.get(value, value)


def of_tool(name: str, tool: Mapping[str, Any], known: list[str], tested: bool) -> Iterator[Gap]:
    if not tool["train"] and not tool["held_out"]:
        yield Gap("uncalled", name, f"{name}: declared, and no row calls it.", WRITE, "warning")
        return
    if not tool["train"]:
        yield Gap("untrained_tool", name, f"{name}: held-out rows call it, and no training row.", WRITE, "error")
        return
    for value in known:
        if value not in tool["languages"]:
            yield Gap("no_language", name, f"{name}: no {language(value)} row.", WRITE, "warning")
    if tested and not tool["held_out"]:
        yield Gap("untested_tool", name, f"{name}: no held-out row calls it.", HOLD_OUT, "warning")
    for argument, found in tool["arguments"].items():
        yield from of_argument(f"{name}.{argument}", found, tool["train"])


def of_argument(place: str, found: Mapping[str, Any], calls: int) -> Iterator[Gap]:
    if not found["train"]:
        if found["held_out"]:
            message = f"{place}: given in held-out rows and never in training rows."
            yield Gap("untrained_argument", place, message, WRITE, "error")
        else:
            need = "required" if found["required"] else "optional"
            yield Gap("never_given", place, f"{place}: {need}, and never given.", WRITE, "notice")
        return
    if untrained := found.get("untrained"):
        verb = "occurs" if len(untrained) == 1 else "occur"
        message = f"{place}: {listed(untrained)} {verb} in held-out rows and never in training rows."
        yield Gap("untrained_value", place, message, WRITE, "error")
    if unused := found.get("unused"):
        if found["type"] == "boolean":
            message, code = f"{place}: never {unused[0]}.", "one_sided"
        else:
            message, code = f"{place}: {listed(unused)} never used.", "unused_choices"
        yield Gap(code, place, message, WRITE)
    elif "choices" not in found and found["distinct"] == 1 and calls >= ENOUGH:
        yield Gap("one_value", place, f"{place}: the same value in every row.", "Vary it.", "warning")


def listed(values: list[str]) -> str:
    """The first choices, as a person would quote them."""
    shown = [quoted(value) for value in values[:6]]
    return ", ".join(shown) + (f" and {len(values) - 6} more" if len(values) > 6 else "")


def quoted(value: str) -> str:
    found = json.loads(value)
    return f"'{found}'" if isinstance(found, str) else value
