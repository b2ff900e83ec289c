"""How long texts are, as the bars of an SVG and as a sentence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

BAR, GAP, HEIGHT = 10, 1, 100


@dataclass(frozen=True)
class Bar:
    """One bin: its place in a drawing 100 high and 10 wide for each bin, and what it counts."""

    x: int
    y: str
    height: str
    label: str
    rows: int


@dataclass(frozen=True)
class Histogram:
    title: str
    bars: tuple[Bar, ...]
    width: int
    labels: tuple[str, ...]
    sentence: str


def histogram(title: str, told: Any) -> Histogram | None:
    """The drawing of {"rows", "quartiles", "bins", "width"}; None for anything else and where nothing was counted."""
    found = told if isinstance(told, Mapping) else {}
    bins = [pair for pair in found.get("bins") or () if is_bin(pair)]
    quartiles, width = found.get("quartiles"), found.get("width")
    if not bins or not isinstance(width, int) or not isinstance(quartiles, list) or len(quartiles) != 5:
        return None
    highest, longest = max(rows for _, rows in bins) or 1, quartiles[4]
    bars = []
    for number, (start, rows) in enumerate(bins):
        height = HEIGHT * rows / highest
        is_last = number == len(bins) - 1
        end = longest if is_last else start + width - 1
        label = f"{start}" if end <= start else f"{start}-{end}"
        bars.append(Bar(number * BAR, f"{HEIGHT - height:.1f}", f"{height:.1f}", label, rows))
    middle = bins[len(bins) // 2][0]
    labels = (str(bins[0][0]), str(middle), str(longest)) if len(bins) > 2 else (str(bins[0][0]), str(longest))
    return Histogram(title, tuple(bars), len(bins) * BAR - GAP, labels, sentence(quartiles))


def is_bin(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(type(number) is int and number >= 0 for number in pair)


def sentence(quartiles: list[Any]) -> str:
    texts = dict(zip(("shortest", "low", "middle", "high", "longest"), map(str, quartiles), strict=True))
    return (
        _(
            "Half of them have %(low)s to %(high)s characters, the one in the middle %(middle)s. "
            "The shortest has %(shortest)s, the longest %(longest)s."
        )
        % texts
    )
