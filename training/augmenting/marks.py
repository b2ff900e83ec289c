"""Where a row's request says the values of its calls, so that the words around them can change and they cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.augmenting.outcomes import Row
from training.marked_text import folded
from training.recombining import chosen

FIRST = 0xE000  # marks stand in the text as one private character each
PRIVATE = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True)
class Spoken:
    """A value of a call: whose argument it is, its text, and whether it is a choice from a list."""

    call: int
    argument: str
    text: str
    is_choice: bool


@dataclass(frozen=True)
class Marked:
    """A request with each value that it says exactly once as a private character: `marks[n]` is chr(FIRST + n)."""

    text: str
    marks: tuple[Spoken, ...]

    def filled(self, text: str) -> str:
        """A text with marks, the values in their place."""
        return PRIVATE.sub(lambda found: self.marks[ord(found[0]) - FIRST].text, text)

    def wording(self, text: str) -> str:
        """A text with marks as it is compared with others: `play {song} by {artist}`, whatever its punctuation."""
        named = PRIVATE.sub(lambda found: f"{{{self.marks[ord(found[0]) - FIRST].argument}}}", text)
        return " ".join(folded(named).strip(" .!?").split())


def request(row: Mapping[str, Any]) -> str:
    return "\n".join(message["content"] for message in row["messages"] if message["role"] == "user")


def calls(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The row's calls, or those it expects where it ends before them."""
    made = [call for message in row["messages"] for call in message.get("tool_calls") or ()]
    wanted = (row.get("expected") or {}).get("calls") or ()
    return made or [{"type": "function", "function": call} for call in wanted]


def spoken(row: Row) -> Iterator[Spoken]:
    """Every text and number among the arguments, whether the request says it or not."""
    for number, call in enumerate(calls(row)):
        for name, value in call["function"]["arguments"].items():
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                yield Spoken(number, name, str(value), chosen(row, call, name))


def marked(row: Row) -> Marked:
    """The request with its values marked; a value that it says more than once stays among the words."""
    asked = request(row)
    found: dict[str, Spoken] = {}
    for value in spoken(row):
        if asked.count(value.text) == 1:
            found.setdefault(value.text, value)
    marks = tuple(found.values())
    places = {mark.text: chr(FIRST + number) for number, mark in enumerate(marks)}
    known = re.compile("|".join(re.escape(text) for text in sorted(places, key=len, reverse=True)) or r"(?!)")
    return Marked(known.sub(lambda hit: places[hit[0]], asked), marks)


def still_said(old: Row, new: Row) -> bool:
    """Whether each argument that `old`'s request says so many times is said as often in `new`'s, and none was lost."""
    before, after = list(spoken(old)), list(spoken(new))
    if [(each.call, each.argument) for each in before] != [(each.call, each.argument) for each in after]:
        return False
    asked, asks = request(old), request(new)
    return all(times(was, asked) == times(now, asks) for was, now in zip(before, after, strict=True))


def times(value: Spoken, asked: str) -> int:
    """How often the request says the value; a choice from a list whatever its letter case."""
    return asked.casefold().count(value.text.casefold()) if value.is_choice else asked.count(value.text)
