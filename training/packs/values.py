"""Other values for the open arguments of a request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from training.errors import UnreadablePack
from training.marked_text import Mark, Utterance, folded

BORROWED_ENGLISH = 1 / 3
TRIES = 20


class Values:
    """Lists of values by argument, split and language; a list without languages serves both."""

    def __init__(self, pools: Mapping[str, Mapping[str, Any]]) -> None:
        self.pools = pools

    def has(self, argument: str, split: str) -> bool:
        return any(self.lists(argument, split).values())

    def lists(self, argument: str, split: str) -> dict[str, list[str]]:
        found = self.pools.get(argument, {}).get(split, {})
        by_language = found if isinstance(found, dict) else {"": found}
        return {language: [as_said(value) for value in pool] for language, pool in by_language.items()}

    def every(self, split: str) -> Iterator[str]:
        """All values of a split."""
        for argument in self.pools:
            for pool in self.lists(argument, split).values():
                yield from pool

    def draw(self, argument: str, split: str, language: str, random: Random) -> str:
        """One value; Thai requests borrow English ones a third of the time, as Thai speech does."""
        lists = {key: pool for key, pool in self.lists(argument, split).items() if pool}
        borrowed = language == "th" and random.random() < BORROWED_ENGLISH
        pool = lists.get("en" if borrowed else language) or lists.get("") or next(iter(lists.values()))
        return random.choice(pool)


def as_said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def redrawn(line: Utterance, values: Values, split: str, random: Random) -> Utterance | None:
    """The line with other values, no two alike; None when there are none to draw.

    A held-out row gets new values throughout, so that nothing in it has been seen; a training row keeps those
    that have no list.
    """
    slots = {slot: mark for slot, mark in line.open_slots.items() if values.has(mark.argument, split)}
    if not slots or (split == "held_out" and len(slots) < sum(not mark.closed for mark in line.marks)):
        return None
    drawn: dict[str, str] = {}
    kept = {folded(mark.text) for mark in line.marks if mark.slot not in slots}
    for slot, mark in slots.items():
        fresh = draw_fresh(mark, values, split, line.language, random, kept)
        if fresh is None:
            return None
        drawn[slot] = fresh
        kept.add(folded(fresh))
    return fitted(line, drawn)


def draw_fresh(mark: Mark, values: Values, split: str, language: str, random: Random, taken: set[str]) -> str | None:
    """A value that is not in the request yet; None where the list has no other."""
    for _ in range(TRIES):
        value = values.draw(mark.argument, split, language, random)
        if folded(value) not in taken:
            return value
    return None


def fitted(line: Utterance, drawn: Mapping[str, str]) -> Utterance:
    try:
        return line.with_values(drawn)
    except ValueError as error:
        raise UnreadablePack(f"The values do not fit '{line.wording}': {error}. Correct the value list.") from error
