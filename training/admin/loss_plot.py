"""The loss curve as points of an SVG, its axes' labels, and the sentence that says what it shows.

Pure. A point is what was measured at one step of a stage; steps of later stages are drawn after those of earlier ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

WIDTH, HEIGHT = 600, 200
MOST_POINTS = 400
SHORT = 40  # up to so many points each is marked with a dot


@dataclass(frozen=True)
class Point:
    """What was measured at a step within a stage, by its number; memory in bytes."""

    stage: int
    step: int
    loss: float | None = None
    validation_loss: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    tokens_per_second: float | None = None
    memory: float | None = None


@dataclass(frozen=True)
class LossPlot:
    """Polylines as SVG `points`, `d` paths of dots, x of stage boundaries, and labels from high to low."""

    training: str
    validation: str
    training_dots: str
    validation_dots: str
    boundaries: tuple[str, ...]
    y_labels: tuple[str, ...]
    x_labels: tuple[str, ...]
    sentence: str


def loss_plot(points: Sequence[Point]) -> LossPlot | None:
    """The plot of what was measured so far, or None before the first finite loss."""
    starts = stage_starts(points)
    training = series((starts[p.stage] + p.step, p.loss) for p in points)
    validation = series((starts[p.stage] + p.step, p.validation_loss) for p in points)
    if not training and not validation:
        return None
    last = max(x for x, _loss in (*training, *validation))
    top = nice_top(max(loss for _x, loss in (*training, *validation)))
    return LossPlot(
        training=polyline(thinned(training), last, top),
        validation=polyline(thinned(validation), last, top),
        training_dots=dots(training, last, top) if len(training) <= SHORT else "",
        validation_dots=dots(validation, last, top) if len(validation) <= SHORT else "",
        boundaries=tuple(f"{WIDTH * start / max(last, 1):.1f}" for start in starts.values() if 0 < start < last),
        y_labels=(short(top), short(top / 2), "0"),
        x_labels=("0", str(last // 2), str(last)) if last > 1 else ("0", str(last)),
        sentence=sentence(training, validation, missing(points)),
    )


def stage_starts(points: Iterable[Point]) -> dict[int, int]:
    """How many steps were done before each stage."""
    longest: dict[int, int] = {}
    for point in points:
        longest[point.stage] = max(longest.get(point.stage, 0), point.step)
    starts, done = {}, 0
    for stage in sorted(longest):
        starts[stage], done = done, done + longest[stage]
    return starts


def series(pairs: Iterable[tuple[int, float | None]]) -> list[tuple[int, float]]:
    return [(x, loss) for x, loss in pairs if loss is not None and math.isfinite(loss)]


def thinned(pairs: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most `MOST_POINTS` of them, evenly spread, the last among them."""
    every = math.ceil(len(pairs) / MOST_POINTS) or 1
    kept = pairs[::every]
    return kept if not pairs or kept[-1] == pairs[-1] else [*kept, pairs[-1]]


def place(x: int, loss: float, last: int, top: float) -> tuple[str, str]:
    return f"{WIDTH * x / max(last, 1):.1f}", f"{HEIGHT * (1 - max(0.0, loss) / top):.1f}"


def polyline(pairs: list[tuple[int, float]], last: int, top: float) -> str:
    return " ".join(",".join(place(x, loss, last, top)) for x, loss in pairs)


def dots(pairs: list[tuple[int, float]], last: int, top: float) -> str:
    """Lines of no length: with round ends they are dots that do not stretch with the plot."""
    return "".join("M{} {}h0".format(*place(x, loss, last, top)) for x, loss in pairs)


def nice_top(highest: float) -> float:
    """The next round number above the highest loss."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(power * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if power * step >= highest)


def short(value: float) -> str:
    return f"{value:.3g}"


def missing(points: Iterable[Point]) -> int:
    return sum(1 for p in points if p.loss is not None and not math.isfinite(p.loss))


def sentence(training: list[tuple[int, float]], validation: list[tuple[int, float]], lost: int) -> str:
    parts = []
    if len(training) > 1:
        (first_x, first), (last_x, last) = training[0], training[-1]
        fell = (
            _("Training loss went from %(first)s at step %(start)s to %(last)s at step %(end)s.")
            if first <= last
            else _("Training loss fell from %(first)s at step %(start)s to %(last)s at step %(end)s.")
        )
        parts.append(fell % {"first": short(first), "last": short(last), "start": first_x, "end": last_x})
    elif training:
        parts.append(
            _("Training loss was %(loss)s at step %(step)s.") % {"loss": short(training[0][1]), "step": training[0][0]}
        )
    if validation:
        best_x, best = min(validation, key=lambda pair: pair[1])
        parts.append(
            _("On rows it does not learn from the loss is %(last)s; lowest %(best)s at step %(step)s.")
            % {"last": short(validation[-1][1]), "best": short(best), "step": best_x}
        )
    if lost:
        parts.append(_("%(count)s measurements were not numbers and are not drawn.") % {"count": lost})
    return " ".join(parts)
