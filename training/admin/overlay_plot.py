"""Two runs' losses drawn over one another, on one scale. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from training.admin.loss_plot import Point, nice_top, polyline, series, short, stage_starts, thinned

MOST_ROWS = 50
Pairs = list[tuple[int, float]]


@dataclass(frozen=True)
class OverlayPlot:
    """Four polylines as SVG `points`, the axes' labels, and every drawn figure by step as text."""

    training: tuple[str, str]
    validation: tuple[str, str]
    y_labels: tuple[str, ...]
    x_labels: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def overlay_plot(one: Sequence[Point], other: Sequence[Point]) -> OverlayPlot | None:
    """None where neither run measured a loss."""
    training = [curve(points, "loss") for points in (one, other)]
    validation = [curve(points, "validation_loss") for points in (one, other)]
    drawn = [pair for pairs in (*training, *validation) for pair in pairs]
    if not drawn:
        return None
    last, top = max(x for x, _loss in drawn), nice_top(max(loss for _x, loss in drawn))
    lines = [polyline(thinned(pairs), last, top) for pairs in (*training, *validation)]
    return OverlayPlot(
        training=(lines[0], lines[1]),
        validation=(lines[2], lines[3]),
        y_labels=(short(top), short(top / 2), "0"),
        x_labels=("0", str(last // 2), str(last)) if last > 1 else ("0", str(last)),
        rows=rows([training[0], validation[0], training[1], validation[1]]),
    )


def curve(points: Sequence[Point], name: str) -> Pairs:
    starts = stage_starts(points)
    return series((starts[point.stage] + point.step, getattr(point, name)) for point in points)


def rows(columns: Sequence[Pairs]) -> tuple[tuple[str, ...], ...]:
    """(step, a figure of each column or ""), each column thinned to some fifty steps of its own."""
    by_step = [dict(pairs) for pairs in columns]
    steps = sorted({step for pairs in columns for step, _figure in pairs[:: math.ceil(len(pairs) / MOST_ROWS) or 1]})
    return tuple(
        (str(step), *(f"{figures[step]:.4g}" if step in figures else "" for figures in by_step)) for step in steps
    )
