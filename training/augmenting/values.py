"""Rows of tool calls with other values: the wording stays, what is asked for changes.

Values come from lists that were given, else from other rows of the dataset, and some are invented: names and titles,
never what has the shape of a file, a time or a number. None of them occurs in a held-out row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from training.augmenting.held_out import HeldOut
from training.augmenting.marks import calls, still_said
from training.augmenting.outcomes import Attempts, LeftOut, Row
from training.errors import AugmentationRefused
from training.marked_text import folded
from training.new_values import Slot
from training.recombining import call_slots, exchanged
from training.starters.words import EVERYDAY, THAI

TRIES = 20
VARIANTS = 20  # of one row, at most
BORROWED = 0.7  # share of values taken from other rows, where these have few
MANY = 20  # values of other rows that make invented ones needless
SHORTEST_WORD = 4  # letters of an invented value's words
SHAPED = re.compile(r"[\d_./:@#]")
NO_SLOT = LeftOut("nothing_to_exchange", "No open value of its calls stands exactly once in the request.")
TOUCHED = LeftOut("argument_lost", "A value would not stand in the request exactly once.")
Given = Mapping[str, Mapping[str, Sequence[str]]]  # {argument: {language: values}}


class Values:
    """Draws values by argument and language: those given, else those of the rows, else invented ones."""

    def __init__(self, given: Given, rows: Iterable[Row], held_out: HeldOut) -> None:
        self.given, self.held_out = given, held_out
        self.known: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            for slot in call_slots(row) if calls(row) else ():
                self.known.setdefault((slot.kind, row["language"]), []).append(slot.text)

    def draw(self, slot: Slot, language: str, used: set[str], random: Random) -> str | None:
        """A value that is neither used nor held out; None where none is found."""
        given = self.given.get(slot.kind)
        pool: Sequence[str] = (given or {}).get(language) or self.known.get((slot.kind, language), [])
        may_invent = not given and not SHAPED.search(slot.text)
        for _ in range(TRIES):
            invented = may_invent and (not pool or (len(pool) < MANY and random.random() > BORROWED))
            if not invented and not pool:
                break
            text = invented_title(language, random) if invented else random.choice(pool)
            if self.is_free(text, used):
                return text
        return None

    def is_free(self, text: str, used: set[str]) -> bool:
        return folded(text) not in used and not self.held_out.says(text)


def invented_title(language: str, random: Random) -> str:
    """One to three everyday words, as a name or a title is written."""
    words = THAI if language == "th" else [word.capitalize() for word in EVERYDAY if len(word) >= SHORTEST_WORD]
    return ("" if language == "th" else " ").join(random.sample(words, random.randint(1, 3)))


def other_values(row: Row, values: Values, random: Random) -> Attempts:
    """The row with all its open values exchanged, again and again; a row without any is left out once."""
    found = call_slots(row)
    if not found:
        yield NO_SLOT
        return
    for _ in range(VARIANTS):
        yield redrawn(row, found, values, random)


def redrawn(row: Row, found: Sequence[Slot], values: Values, random: Random) -> Row | LeftOut:
    texts: dict[str, str] = {}
    used = {folded(slot.text) for slot in found}
    for slot in found:
        text = values.draw(slot, row["language"], used, random)
        if text is None:
            return LeftOut("no_value", f"There is no other value for '{slot.kind}': give more of them.")
        texts[slot.text] = text
        used.add(folded(text))
    made = exchanged(row, texts)
    return made if still_said(row, made) else TOUCHED


def checked_values(given: Any) -> dict[str, dict[str, list[str]]]:
    """{argument: {language: [texts]}} as it was given. Raises AugmentationRefused for anything else."""
    shape = 'The values are an object such as {"song_name": {"en": ["Yellow"], "th": ["ก่อน"]}}.'
    if not isinstance(given, Mapping):
        raise AugmentationRefused(shape)
    for argument, lists in given.items():
        if not isinstance(lists, Mapping):
            raise AugmentationRefused(f"The values of '{argument}' are no object by language. {shape}")
        for language, texts in lists.items():
            if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
                raise AugmentationRefused(f"The values of '{argument}' in '{language}' are no list of texts. {shape}")
    return {argument: {language: list(texts) for language, texts in lists.items()} for argument, lists in given.items()}
