"""What a pack is once read: its description, and rows in the canonical shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from training.errors import UnreadablePack
from training.marked_text import folded

LONGEST_GROUP = 120


@dataclass(frozen=True)
class PackRow:
    """One example. A held-out text row ends before the assistant's turn; `expected` says what is right.

    `split` is "train" or "held_out"; `kind`, of held-out rows, "seen_wording", "unseen_wording", "unseen_brand"
    or "unseen_topic". `brand` is a slug, of a brand that need not be in the pack's table when it is held out.
    """

    split: str
    task: str
    language: str
    messages: list[dict[str, Any]]
    source: str
    kind: str = ""
    tools: list[dict[str, Any]] = field(default_factory=list)
    brand: str = ""
    context: str = ""
    expected: dict[str, Any] = field(default_factory=dict)
    group: str = ""
    synthetic: bool = False

    @property
    def request(self) -> str:
        """What is asked: everything the user says."""
        return "\n".join(message["content"] for message in self.messages if message["role"] == "user")


@dataclass(frozen=True)
class Pack:
    """`curriculum` has the tools' names step by step, `brands` facts as `brands.cards` reads them."""

    name: str
    title: str
    description: str
    tools: list[dict[str, Any]]
    curriculum: list[list[str]]
    brands: list[dict[str, Any]]
    rows: list[PackRow]


def group_name(text: str) -> str:
    """The text itself, or where it is too long for a group its beginning and a digest of the whole."""
    if len(text) <= LONGEST_GROUP:
        return text
    return f"{text[: LONGEST_GROUP - 17]}#{sha256(text.encode()).hexdigest()[:16]}"


def check_texts(rows: Sequence[PackRow]) -> None:
    """Raises `UnreadablePack` for a request that occurs twice."""
    seen: dict[str, PackRow] = {}
    for row in rows:
        first = seen.setdefault(folded(row.request), row)
        if first is not row:
            raise UnreadablePack(
                f"{row.source}: '{row.request}' stands in {first.source} already. Keep one of the two."
            )
