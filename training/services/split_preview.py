"""What a split by group would do to a dataset: which rows would be held out, looked at before it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.errors import SplitRefused
from training.models import Dataset, Example, Split
from training.splitting import GROUP, KINDS, MOST, WAYS, Drawn, Row, draw, kind_of

STATES = (Example.State.DRAFT, Example.State.IN_REVIEW, Example.State.APPROVED)
CHUNK = 500
HIGHEST_SEED = 2**31 - 1
COLUMNS = ("pk", "group", "brand_id", "made_from_id", "state", "split", "kind", "task", "language")


@dataclass
class Side:
    rows: int = 0
    groups: int = 0

    def as_json(self) -> dict[str, int]:
        return {"rows": self.rows, "groups": self.groups}


@dataclass(frozen=True)
class Move:
    """Where a row goes, and what it tests there."""

    split: str
    kind: str


@dataclass
class Preview:
    """What a split would do. `tables` has both sides in all, by task and by language: {field: {value: {side: Side}}}.

    `moves` has the rows that would change, `unanswered` those that can only be held out: they end before an answer.
    """

    share: float
    seed: int
    by: str
    drawn: Drawn
    tables: dict[str, dict[str, dict[str, Side]]] = field(default_factory=dict)
    moves: dict[int, Move] = field(default_factory=dict)
    to_train: int = 0
    to_held_out: int = 0

    def as_json(self) -> dict[str, Any]:
        tables = {
            name: {value: {side: found.as_json() for side, found in sides.items()} for value, sides in table.items()}
            for name, table in self.tables.items()
        }
        return {
            "share": self.share,
            "seed": self.seed,
            "by": self.by,
            "share_reached": round(self.drawn.share, 4),
            "rows": self.drawn.rows,
            "unanswered": self.drawn.must,
            "to_train": self.to_train,
            "to_held_out": self.to_held_out,
            **tables,
        }


def preview(*, dataset: Dataset, share: float, seed: int, by: str = GROUP) -> Preview:
    """What the split would be: a few queries, nothing written. Raises SplitRefused."""
    check(share, seed, by)
    facts = {facts["pk"]: facts for facts in dataset.examples.order_by("pk").values(*COLUMNS).iterator(CHUNK)}
    must, unsaid = unanswered(dataset)
    rows = [
        Row(
            key=key,
            group=each["group"],
            brand=each["brand_id"],
            made_from=each["made_from_id"],
            drawn=each["state"] in STATES,
            must=key in must,
        )
        for key, each in facts.items()
    ]
    drawn = draw(rows, share=share, seed=seed, by=by)
    check_drawn(dataset, share, drawn)
    told = Preview(share, seed, by, drawn)
    for side, groups in ((Split.TRAIN, drawn.train), (Split.HELD_OUT, drawn.held_out)):
        for group in groups:
            count_group(told, str(side), [facts[key] for key in group])
            for key in group:
                add_move(told, str(side), facts[key], key in unsaid)
    return told


def check(share: float, seed: int, by: str) -> None:
    if not 0 <= share <= MOST:
        raise SplitRefused(f"A share of {share:g} cannot be held out: give one from 0 to {MOST}, such as 0.2.")
    if not 0 <= seed <= HIGHEST_SEED:
        raise SplitRefused(f"{seed} is no seed: give a whole number from 0 to {HIGHEST_SEED}.")
    if by not in WAYS:
        raise SplitRefused(f"There is no split by '{by}'. Split by one of: {', '.join(WAYS)}.")


def check_drawn(dataset: Dataset, share: float, drawn: Drawn) -> None:
    """Raises SplitRefused where there is nothing to draw from."""
    if not drawn.rows:
        raise SplitRefused(f"The dataset '{dataset.slug}' has no draft, waiting or approved row: nothing to split.")
    if not drawn.train:
        raise SplitRefused(
            f"Every row of '{dataset.slug}' hangs together with one that ends before an answer and can only be held "
            "out: write answers, or give the rows groups of their own."
        )
    if share and not drawn.held_out:
        raise SplitRefused(
            f"All rows of '{dataset.slug}' hang together in one group: nothing can be held out. "
            "Give the rows groups of their own, or split by group instead of by brand."
        )


def unanswered(dataset: Dataset) -> tuple[set[int], set[int]]:
    """Held-out rows that end before an answer, and those that end in calls which `expected` does not say."""
    rows = dataset.examples.filter(split=Split.HELD_OUT, state__in=STATES).order_by()
    must, unsaid = set(), set()
    for key, messages, expected in rows.values_list("pk", "messages", "expected").iterator(CHUNK):
        if expected and not is_answered(messages):
            must.add(key)
        elif not expected and last_calls(messages):
            unsaid.add(key)
    return must, unsaid


def is_answered(messages: Any) -> bool:
    last = messages[-1] if isinstance(messages, list) and messages else None
    return isinstance(last, Mapping) and last.get("role") == "assistant"


def last_calls(messages: Any) -> list[Any]:
    """The calls of the assistant's last turn, as `expected` writes them."""
    if not is_answered(messages):
        return []
    calls = messages[-1].get("tool_calls")
    return [call["function"] for call in calls if "function" in call] if isinstance(calls, list) else []


def count_group(told: Preview, side: str, group: list[dict[str, Any]]) -> None:
    for name in ("all", "task", "language"):
        values = Counter("" if name == "all" else each[name] for each in group)
        for value, rows in values.items():
            sides = told.tables.setdefault(name, {}).setdefault(
                value, {str(each): Side() for each in (Split.TRAIN, Split.HELD_OUT)}
            )
            sides[side].rows += rows
            sides[side].groups += 1


def add_move(told: Preview, side: str, facts: dict[str, Any], unsaid: bool) -> None:
    if side == Split.HELD_OUT:
        kind = kind_of(facts["kind"], facts["group"], facts["brand_id"], told.by)
    else:
        kind = "" if facts["kind"] in KINDS else facts["kind"]
    if facts["split"] != side:
        told.to_train += side == Split.TRAIN
        told.to_held_out += side == Split.HELD_OUT
    elif kind == facts["kind"] and not (unsaid and side == Split.HELD_OUT):
        return
    told.moves[facts["pk"]] = Move(side, kind)
