"""Whether a text breaks off. A missing full stop proves nothing: captions and Thai do without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import turns

CUT = "Write the text to its end, or remove the row."
CUT_JSON = Kind(
    "cut_json", "warning", "JSON breaks off", "The text begins as JSON and ends before its last bracket.", CUT
)
OPEN_FENCE = Kind(
    "open_fence",
    "warning",
    "Code block not closed",
    "A code block is opened with ``` and not closed.",
    "Close the block, or write the text to its end.",
)
OPEN_BRACKET = Kind(
    "open_bracket", "warning", "Bracket or quote not closed", "The last line opens '{sign}' and does not close it.", CUT
)
CUT_THAI = Kind(
    "cut_thai", "warning", "Thai syllable breaks off", "The text ends with '{end}', in the middle of a syllable.", CUT
)
TRAILING_DOTS = Kind(
    "trailing_dots",
    "notice",
    "Ends with dots",
    "The assistant's text ends with dots, as a text does that was cut.",
    "Check that nothing lacks after them.",
)
KINDS = (CUT_JSON, OPEN_FENCE, OPEN_BRACKET, CUT_THAI, TRAILING_DOTS)

LOOKS_LIKE_JSON = re.compile(r'\s*(?:\{\s*(?:"|\Z)|\[\s*(?:["{\[\d]|\Z))')
FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)
PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "「": "」", "«": "»"}
CLOSING = set(PAIRS.values())
FACE = re.compile(r"[:;=8xX]['-]?[(\[{]|<3")
SAID_TO_THE_END = re.compile(r"""[.!?…。！？ฯๆ)\]}"”'’」»*]\s*\Z""")
# A leading vowel waits for its consonant; ั and ื (with a tone mark or without) for what closes the syllable.
HALF_SYLLABLE = re.compile("(?:[เแโใไ]|[ก-ฮ][ัื][่-๋]?)\\Z")


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    for turn in turns(row):
        text, where = turn.content.rstrip(), f"{turn.where}.content"
        if LOOKS_LIKE_JSON.match(text):
            yield from [CUT_JSON.at(where)] if unclosed(text) else []
        elif len(FENCE.findall(text)) % 2:
            yield OPEN_FENCE.at(where)
        elif "```" not in text and (sign := open_sign(text)) and (sign != '"' or turn.role == "assistant"):
            yield OPEN_BRACKET.at(where, sign=sign)
        if half := HALF_SYLLABLE.search(text):
            yield CUT_THAI.at(where, end=half.group())
        if turn.role == "assistant" and text.endswith(("...", "…")):
            yield TRAILING_DOTS.at(where)


def unclosed(text: str) -> bool:
    """Whether JSON text ends inside a string, an object or a list."""
    depth, quoted = 0, False
    for sign in re.findall(r'\\.|["{}\[\]]', text, re.DOTALL):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "{[":
            depth += 1
        elif not quoted and sign in "}]":
            depth -= 1
    return quoted or depth > 0


def open_sign(text: str) -> str:
    """The bracket or quote that the last line opens and leaves open, when the line stops in mid-sentence."""
    line = FACE.sub("", text[text.rfind("\n") + 1 :])
    if SAID_TO_THE_END.search(line):
        return ""
    waiting: list[str] = []
    for sign in line:
        if sign in PAIRS:
            waiting.append(sign)
        elif sign in CLOSING and waiting and PAIRS[waiting[-1]] == sign:
            waiting.pop()
    quotes = len(re.findall(r'(?<!\d)"', line))
    return waiting[-1] if waiting else '"' * (quotes % 2)
