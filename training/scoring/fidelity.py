"""Whether a text keeps to the facts: what it had to hold, what it must not, and its language.

Fidelity is the share of the expected facts that occur, and 0 as soon as a fact of another brand or a banned
word does. It is recall over facts given in advance, found by matching text: no judge model, no paraphrases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

THAI = "\u0e00-\u0e7f"
# A letter or digit of a script that puts spaces between words; Thai runs on, and touches Latin names.
SPACED = rf"[^\W{THAI}]"
HASHTAG = re.compile(rf"#[\w{THAI}]+")


@dataclass(frozen=True)
class TextScore:
    """`missing` has the required facts that lack, and for a group of which one was due "a / b"."""

    fidelity: float
    complete: bool
    missing: list[str]
    foreign: list[str]
    banned: list[str]
    language_match: bool


def score(text: str, expected: Mapping[str, Sequence[Any]], language: str) -> TextScore:
    """Look for `expected` (see `training.tasks.expected`) in a text that should be in `language`."""
    text = normal(text)
    groups = [[fact] for fact in expected.get("required", ())] + [list(g) for g in expected.get("any", ())]
    missing = [" / ".join(group) for group in groups if not occurring(group, text)]
    foreign = occurring(expected.get("foreign", ()), text)
    banned = occurring(expected.get("banned", ()), text)
    share = 1 - len(missing) / len(groups) if groups else 1.0
    fidelity = 0.0 if foreign or banned else share
    said = [fact for group in groups for fact in group]
    return TextScore(fidelity, fidelity == 1.0, missing, foreign, banned, in_language(text, said, language))


def normal(text: str) -> str:
    """Casefolded, in NFC, with every run of white space as one space."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(folded.split())


def occurring(facts: Iterable[str], text: str) -> list[str]:
    """The facts that occur in a text that is `normal` already."""
    return [fact for fact in facts if pattern(fact).search(text)]


@lru_cache(maxsize=4096)
def pattern(fact: str) -> re.Pattern[str]:
    """A fact on word boundaries where it begins or ends in a spaced script, as a plain substring in Thai.

    A hashtag is no mention of the name in it, and `#FitFlow` does not occur in `#FitFlower`.
    """
    return re.compile(bounded(normal(fact)))


def bounded(fact: str) -> str:
    """A regular expression for the fact as it stands, between the boundaries `pattern` tells of."""
    before = rf"(?<!{SPACED})(?<!#)" if re.match(SPACED, fact) else ""
    after = rf"(?!{SPACED})" if re.match(SPACED, fact[-1:]) else ""
    return before + re.escape(fact) + after


def in_language(text: str, facts: Iterable[str], language: str) -> bool:
    """Whether at least half of the letters that are neither facts nor hashtags are of the language's script.

    A text of nothing but facts is in their language; an empty one is in none.
    """
    rest = HASHTAG.sub(" ", text)
    for fact in sorted(facts, key=len, reverse=True):
        rest = pattern(fact).sub(" ", rest)
    thai = len(re.findall(rf"[{THAI}]", rest))
    others = sum(letter.isalpha() for letter in re.sub(rf"[{THAI}]", "", rest))
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in rest if letter.isalpha())
    ours = thai if language == "th" else latin
    return bool(text) and 2 * ours >= thai + others
