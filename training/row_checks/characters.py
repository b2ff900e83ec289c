"""Characters that nobody sees and every tokenizer does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import texts

REMOVE = "Remove it, or write what was meant."
SURROGATE = Kind("lone_surrogate", "error", "Half a character", "The text holds {sign}, half of a character.", REMOVE)
REPLACEMENT = Kind(
    "replacement_character",
    "error",
    "Lost character",
    "The text holds U+FFFD, which stands where a character was lost.",
    "Write the lost character, or import the source again in its own encoding.",
)
CONTROL = Kind(
    "control_character", "error", "Control character", "The text holds the control character {sign}.", REMOVE
)
RETURN = Kind(
    "carriage_return",
    "warning",
    "Windows line ends",
    "The lines of the text end as Windows ends them, with a carriage return.",
    "Save the text with plain line feeds.",
)
INVISIBLE = Kind(
    "invisible_character", "warning", "Invisible character", "The text holds {sign}, which cannot be seen.", REMOVE
)
PRIVATE = Kind(
    "private_character",
    "warning",
    "Character without a meaning",
    "The text holds {sign}, a private character such as old Thai fonts use in PDF files.",
    "Write the letter that was meant, or read the source again.",
)
NOT_NFC = Kind(
    "not_nfc",
    "warning",
    "Not in normal form",
    "The text writes letters and their marks apart, so that equal words differ (it is not in Unicode's form NFC).",
    "Bring the text into the form NFC.",
)
KINDS = (SURROGATE, REPLACEMENT, CONTROL, RETURN, INVISIBLE, PRIVATE, NOT_NFC)

SUSPECTS = {
    SURROGATE: re.compile("[\ud800-\udfff]"),
    REPLACEMENT: re.compile("\ufffd"),
    CONTROL: re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]"),
    RETURN: re.compile("\r"),
    PRIVATE: re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]"),
}
ZERO_WIDTH = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]"
)
JOINERS, DIRECTIONS, TAGS = "\u200c\u200d", "\u200e\u200f\u061c", "\U000e0020\U000e007f"
# Scripts in which joiners are spelling: Arabic and its kin, and those of India and of Burma.
JOINING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
DRESSING = "\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    """One finding a text of each kind."""
    for found in texts(row):
        if found.text.isascii() and found.text.isprintable():
            continue
        for kind, suspect in SUSPECTS.items():
            if sign := suspect.search(found.text):
                yield kind.at(found.where, sign=name(sign.group()))
        if sign := next((sign for sign in ZERO_WIDTH.finditer(found.text) if not in_its_place(sign)), None):
            yield INVISIBLE.at(found.where, sign=name(sign.group()))
        if not unicodedata.is_normalized("NFC", found.text):
            yield NOT_NFC.at(found.where)


def name(sign: str) -> str:
    """U+200B (zero width space)"""
    known = unicodedata.name(sign, "").lower()
    return f"U+{ord(sign):04X}" + (f" ({known})" if known else "")


def in_its_place(found: re.Match[str]) -> bool:
    """Whether the sign is spelling: a joiner in an emoji or between joining letters, a mark in right-to-left text."""
    sign, text = found.group(), found.string
    before = text[max(0, found.start() - 12) : found.start()].rstrip(DRESSING)[-1:]
    after = text[found.end() : found.end() + 1]
    if sign in DIRECTIONS:
        return bool(RIGHT_TO_LEFT.search(text))
    if TAGS[0] <= sign <= TAGS[1]:
        return before == "\U0001f3f4" or TAGS[0] <= before <= TAGS[1]
    if sign not in JOINERS:
        return False
    emoji = sign == "\u200d" and is_emoji(before) and is_emoji(after)
    return emoji or bool(JOINING.match(before))


def is_emoji(sign: str) -> bool:
    return bool(sign) and (sign >= "\U0001f000" or unicodedata.category(sign) in ("So", "Sm"))
