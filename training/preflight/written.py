"""A training row as the base reads it: what the tokenizer and the chat template made of it, as plain texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from training.preflight.verdicts import Verdict

Row = Mapping[str, Any]
OPENING = 60


class Survey(Protocol):
    """A check that sees every row of a run once, and keeps no more of them than it shows."""

    def see(self, written: Written) -> None: ...

    def verdict(self) -> Verdict: ...


@dataclass(frozen=True)
class Answer:
    """One turn of the assistant.

    `text` is what is learned, the end of the turn included, `decoded` what its tokens say. `ends` tells whether its
    last token is one that ends an answer where the model is used.
    """

    message: Mapping[str, Any]
    text: str
    decoded: str
    ends: bool = True


@dataclass(frozen=True)
class Written:
    """A row by its number from 1.

    `pieces` are (text, trained on), as the labels have it; `rendered` is the whole text through the base's own
    template, `tokens` what has to fit into the model at once. `unknown_read` and `unknown_written` count tokens that
    stand for signs the vocabulary lacks. `thai` is (tokens, letters). A row the base cannot be given has a `problem`.
    """

    number: int
    row: Row
    pieces: tuple[tuple[str, bool], ...] = ()
    rendered: str = ""
    tokens: int = 0
    answers: tuple[Answer, ...] = ()
    unknown_read: int = 0
    unknown_written: int = 0
    thai: tuple[int, int] = field(default=(0, 0))
    problem: str = ""

    @property
    def text(self) -> str:
        return "".join(piece for piece, _ in self.pieces)

    @property
    def name(self) -> str:
        return f"row {self.number}, {opening(self.row)}"


def opening(row: Row) -> str:
    """How the row's request begins, in quotes."""
    said = (m for m in row.get("messages") or () if isinstance(m, Mapping) and m.get("role") == "user")
    text = " ".join(str(next(said, {}).get("content") or "").split())
    return f"“{text if len(text) <= OPENING else text[:OPENING].rstrip() + ' …'}”"


def example(row: Row) -> str:
    """A frozen row as its page is found: by the number of its example."""
    number = row.get("example")
    return f"example {number}, {opening(row)}" if number else opening(row)


def around(text: str, other: str) -> str:
    """The place where a text begins to differ from another one."""
    shorter = min(len(text), len(other))
    at = next((at for at in range(shorter) if text[at] != other[at]), shorter)
    return repr(text[max(0, at - 20) : at + 40])


def first(names: list[str], count: int) -> str:
    """The first few of `count`, as one text."""
    return "; ".join(names) + (f"; and {count - len(names):,} more" if count > len(names) else "")
