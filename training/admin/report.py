"""Reading an evaluation's rows file: the rows on which the arms differ, a few, whatever the file holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from brands.admin.pieces import Fact, fact, facts, words
from training.admin.conversation import Call, calls, looks_like_calls, turns
from training.admin.measure_names import arm_name, kind_name
from training.errors import UnreadableCall
from training.functiongemma import parse

MOST_SHOWN = 50
MOST_READ = 20_000
LONGEST_LINE = 1_000_000


@dataclass(frozen=True)
class Expected:
    """What a right answer holds: calls, or facts, or a text."""

    calls: tuple[Call, ...] = ()
    facts: tuple[Fact, ...] = ()
    text: str = ""


DEMANDS = {
    "required": _("All of"),
    "any": _("At least one of"),
    "foreign": _("Nothing of other brands"),
    "banned": _("Never"),
}


@dataclass(frozen=True)
class Answer:
    arm: str
    text: str
    right: bool
    why: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Row:
    kind: str
    prompt: str
    expected: Expected
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Differences:
    """The first rows on which arms differ, how many there are in all, of how many rows."""

    shown: tuple[Row, ...] = ()
    differing: int = 0
    rows: int = 0
    unreadable: int = 0
    missing: bool = False


def differences(path: Path) -> Differences:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return collect(lines)
    except OSError:
        return Differences(missing=True)


def collect(lines: Any) -> Differences:
    shown: list[Row] = []
    differing = read = unreadable = 0
    for item in parsed(lines):
        if item is None:
            unreadable += 1
            continue
        read += 1
        if differs(item):
            differing += 1
            if len(shown) < MOST_SHOWN:
                shown.append(row(item))
    return Differences(tuple(shown), differing, read, unreadable)


def parsed(lines: Any) -> Iterator[dict[str, Any] | None]:
    """Each line's object, or None where it is not one."""
    for _number in range(MOST_READ):
        line = lines.readline(LONGEST_LINE)
        if not line:
            return
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = None
        yield item if isinstance(item, dict) and isinstance(item.get("answers"), dict) else None


def differs(item: Mapping[str, Any]) -> bool:
    verdicts = {bool(a.get("right")) for a in item["answers"].values() if isinstance(a, Mapping)}
    return len(verdicts) > 1


def row(item: Mapping[str, Any]) -> Row:
    return Row(
        kind=kind_name(str(item.get("kind") or "")),
        prompt=prompt(item.get("prompt")),
        expected=expected(item.get("expected")),
        answers=tuple(answer(str(arm), given) for arm, given in item["answers"].items() if isinstance(given, Mapping)),
    )


def answer(arm: str, given: Mapping[str, Any]) -> Answer:
    """What an arm said; calls in the model's own format are shown as calls where they can be read."""
    text = str(given.get("text") or "").strip()
    said, made = text, calls(given.get("calls"))
    if "<start_function_call>" in text:
        try:
            parsed = parse(text)
            said, made = parsed.text, calls(parsed.calls)
        except UnreadableCall:
            pass
    return Answer(arm_name(arm), said, bool(given.get("right")), str(given.get("why") or ""), made)


def prompt(value: Any) -> str:
    """The prompt's text; of a conversation, what the person said last."""
    if isinstance(value, list):
        said = [turn.text for turn in turns(value) if turn.role == "user"]
        return said[-1] if said else ""
    return str(value or "").strip()


def expected(value: Any) -> Expected:
    if looks_like_calls(value):
        return Expected(calls=calls(value))
    if isinstance(value, Mapping) and looks_like_calls(value.get("calls")):
        return Expected(calls=calls(value["calls"]))
    if isinstance(value, Mapping):
        return Expected(facts=tuple(demands(value)))
    if isinstance(value, list):
        return Expected(facts=facts(value))
    return Expected(text=str(value or ""))


def demands(value: Mapping[str, Any]) -> Iterator[Fact]:
    """What a text must and must not hold; each group of which one is enough stands by itself."""
    for name, wanted in value.items():
        label = str(DEMANDS.get(name) or words(name))
        if name == "any" and isinstance(wanted, list):
            yield from (fact(label, group) for group in wanted if group)
        elif wanted:
            yield fact(label, wanted)
