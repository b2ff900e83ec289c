"""The forgetting curve: what became of each tool over the stages after it was learned. Pure.

Reads {tool: its strict accuracy at the end of each stage, None before it was taught}, as training.gates.forgetting
makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brands.admin.pieces import percent
from training.admin.loss_plot import HEIGHT, WIDTH

Shares = Sequence[float | None]
HALF = 0.5  # where the drawing begins when nothing lies below


@dataclass(frozen=True)
class ToolLine:
    """A tool's polyline as SVG `points` with its dots, and its figures as text; "—" before it was taught."""

    name: str
    line: str
    dots: str
    values: tuple[str, ...]
    fell: bool


@dataclass(frozen=True)
class ForgettingPlot:
    stages: tuple[str, ...]
    lines: tuple[ToolLine, ...]
    floor: str
    y_labels: tuple[str, ...]
    sentence: str


def forgetting_plot(curves: Mapping[str, Shares], floor: float = 0.0) -> ForgettingPlot | None:
    """The tools that came back in a later stage, what fell most first; None where there are none."""
    measured = {name: list(shares) for name, shares in curves.items() if len(known(shares)) > 1}
    if not measured:
        return None
    lowest = min(share for shares in measured.values() for _at, share in known(shares))
    bottom = 0.0 if min(lowest, floor or 1.0) < HALF else HALF
    count = 1 + max(known(shares)[-1][0] for shares in measured.values())
    falls = {name: fall(shares) for name, shares in measured.items()}
    order = sorted(measured, key=lambda name: (-falls[name], known(measured[name])[-1][1], name))
    return ForgettingPlot(
        stages=tuple(str(number) for number in range(1, count + 1)),
        lines=tuple(tool_line(name, measured[name], count, bottom) for name in order),
        floor=height(floor, bottom) if 0 < floor <= 1 else "",
        y_labels=(percent(1.0), percent((1 + bottom) / 2), percent(bottom)),
        sentence=sentence(order, falls, measured),
    )


def known(shares: Shares) -> list[tuple[int, float]]:
    return [(at, share) for at, share in enumerate(shares) if share is not None]


def fall(shares: Shares) -> float:
    """How far a tool lies under what it was when it was learned; 0 where it rose or was measured once."""
    values = [share for _at, share in known(shares)]
    return max(0.0, values[0] - values[-1])


def height(share: float, bottom: float) -> str:
    return f"{HEIGHT * (1 - min(max(share, bottom), 1.0)) / (1 - bottom):.1f}"


def tool_line(name: str, shares: Shares, count: int, bottom: float) -> ToolLine:
    places = [(f"{WIDTH * at / (count - 1):.1f}", height(share, bottom)) for at, share in known(shares)]
    return ToolLine(
        name=name,
        line=" ".join(f"{x},{y}" for x, y in places),
        dots="".join(f"M{x} {y}h0" for x, y in places),
        values=tuple("—" if share is None else percent(share) for share in shares[:count]),
        fell=fall(shares) > 0,
    )


def sentence(order: Sequence[str], falls: Mapping[str, float], measured: Mapping[str, Shares]) -> str:
    fell = [name for name in order if falls[name] > 0]
    if not fell:
        return _("Nothing was forgotten: no tool is worse at the end than when it was learned.")
    values = [share for _at, share in known(measured[fell[0]])]
    counts = {"count": len(fell), "all": len(order)}
    said = ngettext(
        "Of %(all)s tools that came back, %(count)s is worse at the end than when it was learned:",
        "Of %(all)s tools that came back, %(count)s are worse at the end than when they were learned:",
        len(fell),
    )
    most = _("'%(name)s' fell most, from %(first)s to %(last)s.") % {
        "name": fell[0],
        "first": percent(values[0]),
        "last": percent(values[-1]),
    }
    return f"{said % counts} {most}"
