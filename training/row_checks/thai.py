"""Thai syllables as they can be written: consonant, vowel above or below, tone mark.

Order: The Unicode Standard, chapter 16.1 (Thai): a tone mark follows the vowel above or below its consonant and stands
before ำ. A misspelling may look right on the screen and be another word to every search, tokenizer and comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import texts

LOOKALIKE = Kind(
    "thai_lookalike",
    "error",
    "Thai vowel put together wrongly",
    "The text writes '{found}', which looks like '{meant}' and is another spelling.",
    "Write '{meant}'.",
)
ORDER = Kind(
    "thai_order",
    "error",
    "Impossible order of Thai signs",
    "The signs of '{found}' cannot follow one another.",
    "Write the consonant, then its vowel above or below, then its tone mark.",
)
DOUBLED = Kind(
    "thai_doubled",
    "warning",
    "Doubled Thai sign",
    "The text writes a vowel or tone mark twice in '{found}', of which one is seen.",
    "Write it once.",
)
STRAY = Kind(
    "thai_stray",
    "warning",
    "Thai sign without a consonant",
    "The vowel or tone mark in '{found}' has no consonant to stand on.",
    "Write the consonant that lacks before it.",
)
KINDS = (LOOKALIKE, ORDER, DOUBLED, STRAY)

VOWEL, TONE, SILENT = "ัิีึืฺุู็", "่้๊๋", "์"
MARK = f"{VOWEL}{TONE}{SILENT}ํ๎"
SPLIT_AM = re.compile(f"[{TONE}]?ํ[{TONE}]?า")
SPLIT_AE = re.compile("เเ")
TWICE = re.compile(f"([{MARK}])\\1+")
# A tone mark before its vowel; two vowels; a mark on a sign that carries none; two different tone marks.
IMPOSSIBLE = re.compile(
    f"[ก-ฮ]?[{TONE}{SILENT}็][{VOWEL}]|[ก-ฮ]?[ัิีึืุู][ัิีึืุู็]|[ก-ฮ]?[{TONE}{SILENT}็][{TONE}]|[ะาำเแโใไๅๆฯ][{MARK}]"
)
UNCARRIED = re.compile(f"(?<![ก-ฺเ-๎◌])[{MARK}]")


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    """One finding a text of each kind."""
    for text in texts(row):
        if not text.text.isascii():
            yield from one_text(text.where, text.text)


def one_text(where: str, text: str) -> Iterator[Finding]:
    if found := SPLIT_AM.search(text):
        tone = found.group().strip("ํา").replace("ํ", "")
        yield LOOKALIKE.at(where, found=found.group(), meant=f"{tone}ำ")
    if SPLIT_AE.search(text):
        yield LOOKALIKE.at(where, found="เเ", meant="แ")
    if found := TWICE.search(text):
        yield DOUBLED.at(where, found=text[max(0, found.start() - 1) : found.end()])
    if found := IMPOSSIBLE.search(TWICE.sub(r"\1", text)):
        yield ORDER.at(where, found=found.group())
    if found := UNCARRIED.search(text):
        yield STRAY.at(where, found=text[found.start() : found.start() + 8])


def is_sound(text: str) -> bool:
    """Whether nothing is wrong with the Thai in a text."""
    return next(one_text("", text), None) is None
