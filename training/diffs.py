"""What changed between two texts, in pieces a reader recognises: words, and Thai character clusters.

Thai has no spaces between words, so a comparison by words would show whole sentences as changed, and one by
characters would tear vowels from their consonants.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

CLUSTER = r"[เแโใไ]?[ก-ฮ][ะ-ฺ็-๎]*"
PIECES = re.compile(rf"{CLUSTER}|[^\W\d_ก-๛]+|\d+|\s+|.", re.DOTALL)
MOST_COMPARED = 4_000_000  # pairs of pieces; beyond that the changed middle is shown as exchanged whole


@dataclass(frozen=True)
class Part:
    """A stretch of text that stayed ("same"), went ("removed") or came ("added")."""

    kind: str
    text: str


def pieces(text: str) -> list[str]:
    """The text cut into pieces; joined they are the text again."""
    return PIECES.findall(text)


def diff(before: str, after: str) -> list[Part]:
    """The parts in reading order; those that stayed or came make `after`, those that stayed or went `before`."""
    old, new = pieces(before), pieces(after)
    first = common(old, new)
    last = common(old[first:][::-1], new[first:][::-1])
    parts: list[Part] = []
    add(parts, "same", old[:first])
    compare(parts, old[first : len(old) - last], new[first : len(new) - last])
    add(parts, "same", old[len(old) - last :])
    return parts


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces the two begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def compare(parts: list[Part], old: Sequence[str], new: Sequence[str]) -> None:
    if len(old) * len(new) > MOST_COMPARED:
        add(parts, "removed", old)
        add(parts, "added", new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            add(parts, "same", old[a:b])
            continue
        add(parts, "removed", old[a:b])
        add(parts, "added", new[c:d])


def add(parts: list[Part], kind: str, pieces: Sequence[str]) -> None:
    if pieces:
        parts.append(Part(kind, "".join(pieces)))


def shortened(parts: Sequence[Part], around: int = 80) -> list[Part]:
    """The parts with what stayed cut down to `around` letters next to a change."""
    last = len(parts) - 1
    return [
        Part("same", cut(part.text, around if n else 0, around if n < last else 0)) if part.kind == "same" else part
        for n, part in enumerate(parts)
    ]


def cut(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail + 3:
        return text
    return f"{text[:head]} … {text[len(text) - tail :]}" if tail else f"{text[:head]} …"
