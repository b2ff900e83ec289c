"""Whether the rows kept for testing are new to the model: whatever it has been trained on, it may have by heart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from training.marked_text import folded
from training.near_duplicates import NearDuplicates
from training.recombining import slots

Row = Mapping[str, Any]
LeakCode = Literal["same_request", "near_request", "same_group", "trained_value"]
THRESHOLD = 0.85
IDENTITY = ("name", "products", "hashtags")  # facts of a brand card that are no other brand's
SEEN_WORDING = "seen_wording"


@dataclass(frozen=True)
class Leak:
    """Something of the held-out row number `held_out` that is in the training row number `train`, both from 0."""

    code: LeakCode
    held_out: int
    train: int
    message: str
    cure: str
    similarity: float = 1.0

    def as_json(self) -> dict[str, Any]:
        """The leak as a JSON object with the names of its fields."""
        return asdict(self)


def leaks(train: Sequence[Row], held_out: Sequence[Row]) -> list[Leak]:
    """At most one leak of each code for a held-out row and one for each of its values, in the rows' order.

    A row of the kind "seen_wording" tests a known wording with new values: its group and a near request are no leak.
    """
    known = Known(train)
    return [leak for number, row in enumerate(held_out) for leak in known.leaks_of(number, row)]


class Known:
    """What the training rows hold; the first row with a request, group or value is the one that is named."""

    def __init__(self, train: Sequence[Row]) -> None:
        self.requests: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.values: dict[str, int] = {}
        self.near: NearDuplicates[int] = NearDuplicates(THRESHOLD)
        for number, row in enumerate(train):
            asked = request(row)
            if asked and self.requests.setdefault(folded(asked), number) == number:
                self.near.add(number, asked)
            if group := row.get("group"):
                self.groups.setdefault(str(group), number)
            for value in values(row):
                self.values.setdefault(folded(value), number)

    def leaks_of(self, number: int, row: Row) -> Iterator[Leak]:
        asked, group = request(row), str(row.get("group") or "")
        first = self.requests.get(folded(asked)) if asked else None
        if first is not None:
            yield same_request(number, first)
        elif row.get("kind") != SEEN_WORDING:
            yield from [near_request(number, other, share) for other, share in self.near.like(asked)[:1]]
        if group in self.groups and row.get("kind") != SEEN_WORDING:
            yield same_group(number, self.groups[group], group)
        for value in dict.fromkeys(values(row)):
            if (other := self.values.get(folded(value))) is not None:
                yield trained_value(number, other, value)


def same_request(number: int, first: int) -> Leak:
    message = "The held-out request is trained on word for word."
    return Leak("same_request", number, first, message, "Remove it from one of the two sides.")


def near_request(number: int, first: int, share: float) -> Leak:
    message = f"A request that is {share:.0%} the same is trained on."
    return Leak("near_request", number, first, message, "Put both on one side, or word the held-out one anew.", share)


def same_group(number: int, first: int, group: str) -> Leak:
    message = f"Rows of the group '{group}' are trained on."
    return Leak("same_group", number, first, message, "Put all rows of a group on one side.")


def trained_value(number: int, first: int, value: str) -> Leak:
    message = f"The value '{value}' of the held-out row is trained on."
    return Leak("trained_value", number, first, message, "Give the held-out row another value.")


def request(row: Row) -> str:
    """Everything the user says in the row."""
    messages = row.get("messages")
    said = [m for m in messages if isinstance(m, Mapping)] if isinstance(messages, list) else []
    return "\n".join(str(m.get("content") or "") for m in said if m.get("role") == "user")


def values(row: Row) -> list[str]:
    """The open arguments of the row's calls, or what only its brand is called; none of a row without its shape."""
    try:
        found = slots({"context": "", "tools": [], **row})
    except (AttributeError, KeyError, TypeError):
        return []
    return [slot.text for slot in found if not row.get("context") or slot.kind in IDENTITY]
