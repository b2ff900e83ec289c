"""Which rows are held out: drawn by a seed, in groups that stay whole. Pure.

Rows hang together when they share a group, when one was made from the other, or, where whole brands are held out,
when they share a brand; and what hangs together with the same row hangs together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

GROUP, BRAND = "group", "brand"
WAYS = (GROUP, BRAND)
MOST = 0.9
SEEN_WORDING, UNSEEN_WORDING, UNSEEN_BRAND, UNSEEN_TOPIC = (
    "seen_wording",
    "unseen_wording",
    "unseen_brand",
    "unseen_topic",
)
KINDS = ("", SEEN_WORDING, UNSEEN_WORDING, UNSEEN_BRAND, UNSEEN_TOPIC)


@dataclass(frozen=True, slots=True)
class Row:
    """What a split looks at. `drawn` is False for a row that only links others, such as a rejected source.

    `must` says that the row can only be held out: it has no answer to learn.
    """

    key: int
    group: str = ""
    brand: int | None = None
    made_from: int | None = None
    drawn: bool = True
    must: bool = False


@dataclass(frozen=True)
class Drawn:
    """The keys of both sides, whole groups each; `must` is how many rows are held out for want of an answer."""

    train: tuple[tuple[int, ...], ...]
    held_out: tuple[tuple[int, ...], ...]
    must: int = 0

    @property
    def rows(self) -> int:
        return sum(map(len, self.train)) + sum(map(len, self.held_out))

    @property
    def share(self) -> float:
        """The share of the rows that is held out."""
        return sum(map(len, self.held_out)) / self.rows if self.rows else 0.0


class Union:
    """Disjoint sets: https://en.wikipedia.org/wiki/Disjoint-set_data_structure, with path halving."""

    def __init__(self) -> None:
        self.parents: dict[Hashable, Hashable] = {}

    def root(self, node: Hashable) -> Hashable:
        parents = self.parents
        parents.setdefault(node, node)
        while (above := parents[node]) != node:
            parents[node] = node = parents[above]
        return node

    def join(self, one: Hashable, other: Hashable) -> None:
        self.parents[self.root(one)] = self.root(other)


def groups(rows: Iterable[Row], by: str) -> list[list[Row]]:
    """The rows to be drawn, by what hangs together, in the order in which they come."""
    union, drawn = Union(), []
    for row in rows:
        node = (None, row.key)
        if row.made_from is not None:
            union.join(node, (None, row.made_from))
        if not row.drawn:
            continue
        drawn.append(row)
        if row.group:
            union.join(node, (GROUP, row.group))
        if by == BRAND and row.brand is not None:
            union.join(node, (BRAND, row.brand))
    found: dict[Any, list[Row]] = {}
    for row in drawn:
        found.setdefault(union.root((None, row.key)), []).append(row)
    return list(found.values())


def draw(rows: Iterable[Row], *, share: float, seed: int, by: str = GROUP) -> Drawn:
    """Hold out about `share` of the rows: the same rows, seed and share give the same draw.

    Groups are taken in an order of the seed's as long as they fit, and one more where that comes nearer to the share.
    Groups with a row that can only be held out always are. A share above 0 holds out at least one group where there
    are two, and no share takes the last one from training.
    """
    found = groups(rows, by)
    forced = [group for group in found if any(row.must for row in group)]
    free = [group for group in found if not any(row.must for row in group)]
    total, taken = sum(map(len, found)), sum(map(len, forced))
    Random(seed).shuffle(free)
    chosen = fitting(list(map(len, free)), share * total - taken, at_least_one=share > 0 and not forced)
    held_out = forced + [group for number, group in enumerate(free) if number in chosen]
    train = [group for number, group in enumerate(free) if number not in chosen]
    return Drawn(keys(train), keys(held_out), sum(row.must for group in forced for row in group))


def keys(found: Sequence[Sequence[Row]]) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(tuple(row.key for row in group) for group in found))


def fitting(sizes: Sequence[int], target: float, *, at_least_one: bool) -> set[int]:
    """The numbers of the groups whose sizes together come near `target`, never all of them."""
    chosen: set[int] = set()
    reached = 0
    for number, size in enumerate(sizes):
        if reached + size <= target and len(chosen) < len(sizes) - 1:
            chosen.add(number)
            reached += size
    left = [number for number in range(len(sizes)) if number not in chosen]
    if len(left) < 2:
        return chosen
    nearest = min(left, key=lambda number: (abs(reached + sizes[number] - target), number))
    nearer = abs(reached + sizes[nearest] - target) < abs(reached - target)
    if nearer or (at_least_one and not chosen):
        chosen.add(nearest)
    return chosen


def kind_of(kind: str, group: str, brand: int | None, by: str) -> str:
    """What a held-out row tests after such a draw; kinds of a team's own stay."""
    if kind not in KINDS:
        return kind
    if by == BRAND and brand is not None:
        return UNSEEN_BRAND
    if not group:
        return ""
    return UNSEEN_TOPIC if kind == UNSEEN_TOPIC else UNSEEN_WORDING
