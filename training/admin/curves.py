"""What else was measured while a run learned, as small curves under its loss, and every figure as one table. Pure.

A curve is drawn like the loss (training/admin/loss_plot.py), over the same steps. What was not measured is not drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from training.admin.loss_plot import HEIGHT, Point, dots, nice_top, polyline, series, short, stage_starts, thinned

SHORT = 20
MOST_ROWS = 200
GOOD_GUESS = 0.15  # how far from the prediction the memory may lie to be called as predicted


@dataclass(frozen=True)
class Curve:
    """A polyline as SVG `points`, a path of dots where it is short, and `predicted`, the height of a line or ""."""

    key: str
    title: str
    line: str
    dots: str
    predicted: str
    y_labels: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Table:
    """Every measurement as text; columns of what was never measured are left out."""

    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def megabytes(value: float) -> str:
    return f"{value / 1e9:.3g} GB" if value >= 1e9 else f"{value / 1e6:.3g} MB"


FIGURES: dict[str, tuple[str | Promise, Callable[[float], str]]] = {
    "learning_rate": (_l("Learning rate"), short),
    "gradient_norm": (_l("Gradient norm"), short),
    "tokens_per_second": (_l("Tokens a second"), lambda value: f"{value:,.0f}"),
    "memory": (_l("Memory"), megabytes),
}


def curves(points: Sequence[Point], predicted_memory: float | None = None) -> list[Curve]:
    """A curve for each figure that was measured at least twice; `predicted_memory` in bytes."""
    starts = stage_starts(points)
    last = max((starts[p.stage] + p.step for p in points), default=0)
    found = []
    for key in FIGURES:
        pairs = series((starts[p.stage] + p.step, getattr(p, key)) for p in points)
        if len(pairs) > 1:
            found.append(curve(key, pairs, last, predicted_memory if key == "memory" else None))
    return found


def curve(key: str, pairs: list[tuple[int, float]], last: int, predicted: float | None) -> Curve:
    title, said = FIGURES[key]
    top = nice_top(max(*(value for _x, value in pairs), predicted or 0.0))
    return Curve(
        key=key,
        title=str(title),
        line=polyline(thinned(pairs), last, top),
        dots=dots(pairs, last, top) if len(pairs) <= SHORT else "",
        predicted=f"{HEIGHT * (1 - predicted / top):.1f}" if predicted else "",
        y_labels=(said(top), "0"),
        sentence=sentence(key, [value for _x, value in pairs], predicted),
    )


def sentence(key: str, values: list[float], predicted: float | None) -> str:
    said = FIGURES[key][1]
    texts = {
        "first": said(values[0]),
        "last": said(values[-1]),
        "most": said(max(values)),
        "middle": said(sorted(values)[len(values) // 2]),
        "predicted": said(predicted or 0),
    }
    if key == "memory" and predicted:
        return memory_sentence(max(values) / predicted - 1) % texts
    return {
        "learning_rate": _("At most %(most)s, now %(last)s."),
        "gradient_norm": _("Usually %(middle)s, at most %(most)s."),
        "tokens_per_second": _("Usually %(middle)s, now %(last)s."),
        "memory": _("At most %(most)s."),
    }[key] % texts


def memory_sentence(beyond: float) -> str:
    if beyond > GOOD_GUESS:
        return _("At most %(most)s, more than the %(predicted)s predicted (dotted).")
    if beyond < -GOOD_GUESS:
        return _("At most %(most)s, less than the %(predicted)s predicted (dotted).")
    return _("At most %(most)s; %(predicted)s were predicted (dotted).")


def table(points: Sequence[Point]) -> Table:
    """Some 200 rows, evenly spread, and every evaluation between them."""
    titles = {"loss": _("Training loss"), "validation_loss": _("Validation loss")}
    titles |= {key: str(title) for key, (title, _said) in FIGURES.items()}
    known = [key for key in titles if any(getattr(point, key) is not None for point in points)]
    if not known:
        return Table()
    every = math.ceil(len(points) / MOST_ROWS)
    kept = [point for at, point in enumerate(points) if at % every == 0 or point.validation_loss is not None]
    return Table(
        head=(_("Stage"), _("Step"), *(titles[key] for key in known)),
        rows=tuple((str(p.stage), str(p.step), *(cell(key, getattr(p, key)) for key in known)) for p in kept),
    )


def cell(key: str, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "" if value is None else str(value)
    return FIGURES[key][1](value) if key in ("tokens_per_second", "memory") else f"{value:.4g}"
