"""What the curves of a stage say about its health: a sentence and a cure, or silence where they carry none. Pure.

The figures are those of the brand source: a good run ends with a training loss of 0.5 to 1.0 and a validation loss of
1.0 to 1.5, close to it; a perplexity under 10 is good, one above 20 generalises poorly. A verdict asks for more than
the noise between batches can make: several evaluations, medians rather than single steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, sqrt
from statistics import fmean, median, pvariance
from typing import Protocol

FEW = 3  # evaluations below which nothing is said about them
MANY = 30  # measured losses below which nothing is said about their course
RISE = 1.1  # a validation loss this many times the lowest has risen
FAR_TIMES, FAR_BY = 3.0, 0.5  # 1.5 over 0.5 is the widest gap of a good run, 1.25 over 0.75 its middle one
CLOSE_BY = 0.5
WORST_PERPLEXITY = 20.0
HIGH_LOSS = 1.0  # where a good run's training loss has ended
EXPLODING = 10.0
SPIKE_TIMES, SPIKE_BY, SPIKES = 3.0, 0.5, 3


class Measured(Protocol):
    """What the trainer reported at a step of one stage; None where it reported nothing of the kind."""

    @property
    def step(self) -> int: ...
    @property
    def loss(self) -> float | None: ...
    @property
    def validation_loss(self) -> float | None: ...
    @property
    def learning_rate(self) -> float | None: ...
    @property
    def gradient_norm(self) -> float | None: ...


@dataclass(frozen=True)
class Verdict:
    """One sentence and what to do; `tone` is "warning", "note" or "good"."""

    kind: str
    tone: str
    sentence: str
    cure: str = ""


Course = list[tuple[int, float]]  # (step, figure), in order


def health(points: Sequence[Measured], *, over: bool) -> list[Verdict]:
    """The verdicts on one stage, the gravest first; `over` says that nothing more will be measured."""
    training, validation = course(points, "loss"), course(points, "validation_loss")
    found = [
        exploding(course(points, "gradient_norm")),
        oscillating(training),
        overfitting(training, validation),
        perplexed(validation, over),
        plateau(training, course(points, "learning_rate")),
    ]
    warnings = [verdict for verdict in found if verdict]
    if len(validation) < FEW:
        return [*warnings, *too_few(training, validation, over)]
    return warnings or well(training, validation)


def course(points: Sequence[Measured], name: str) -> Course:
    """The finite figures of that name by step."""
    pairs = [(point.step, getattr(point, name)) for point in points]
    return sorted((step, value) for step, value in pairs if value is not None and isfinite(value))


def exploding(norms: Course) -> Verdict | None:
    """Whether the last gradients are of another order of magnitude than those before."""
    if len(norms) < MANY:
        return None
    usual, last = median(value for _, value in norms[:-5]), median(value for _, value in norms[-5:])
    if last < max(EXPLODING * usual, EXPLODING):
        return None
    return Verdict(
        "exploding",
        "warning",
        f"The gradient grew from {usual:.3g} to {last:.3g}: the steps are about to leave what was learned.",
        "Lower the learning rate, or warm up for longer.",
    )


def oscillating(training: Course) -> Verdict | None:
    """Whether the loss, past its first third, jumps to and fro from step to step, or shoots up again and again."""
    later = [value for _, value in training[len(training) // 3 :]]
    if len(later) < MANY or not (zigzags(later) or spikes(later) >= SPIKES):
        return None
    return Verdict(
        "oscillating",
        "warning",
        f"The training loss jumps up and down between {min(later):.3g} and {max(later):.3g} instead of settling.",
        "Lower the learning rate, or take more rows into a step (batch times accumulation).",
    )


def zigzags(losses: Sequence[float]) -> bool:
    """Whether each step undoes the one before: what is left beside the straight line has a strongly negative
    correlation with itself one step on, and the jumps are half as large as the loss itself."""
    jumps = [abs(after - before) for before, after in zip(losses, losses[1:], strict=False)]
    if fmean(jumps) <= 0.5 * fmean(losses) or fmean(jumps) <= 0.1:
        return False
    rest = beside_the_line(losses)
    total = sum(value * value for value in rest)
    return sum(a * b for a, b in zip(rest, rest[1:], strict=False)) < -0.6 * total


def beside_the_line(values: Sequence[float]) -> list[float]:
    """What is left of the values when their straight line of least squares is taken away."""
    middle, mean = (len(values) - 1) / 2, fmean(values)
    spread = sum((x - middle) ** 2 for x in range(len(values)))
    slope = sum((x - middle) * (value - mean) for x, value in enumerate(values)) / spread
    return [value - mean - slope * (x - middle) for x, value in enumerate(values)]


def spikes(losses: Sequence[float]) -> int:
    """How many losses stand far above the four before and the four after."""
    count = 0
    for at in range(4, len(losses) - 4):
        around = median([*losses[at - 4 : at], *losses[at + 1 : at + 5]])
        count += losses[at] > max(SPIKE_TIMES * around, around + SPIKE_BY)
    return count


def overfitting(training: Course, validation: Course) -> Verdict | None:
    """Whether the validation loss rises while the training loss falls, or has long been far above it."""
    if len(validation) < FEW or len(training) < FEW:
        return None
    best_step, best = min(validation, key=lambda pair: (pair[1], pair[0]))
    since = [value for step, value in validation if step > best_step]
    last = validation[-1][1]
    fallen = near(training, validation[-1][0]) < near(training, best_step)
    if len(since) >= 2 and min(since[-2:]) > RISE * best and min(since[-2:]) - best > 0.02 and fallen:
        return Verdict(
            "overfitting",
            "warning",
            f"On rows it does not learn from the loss was lowest at step {best_step} ({best:.3g}) and has risen to"
            f" {last:.3g}, while the training loss went on falling: it learns its rows by heart.",
            "Stop earlier (patience), or add examples and recombinations; fewer epochs or a lower rank help, too.",
        )
    if all(far_above(value, near(training, step)) for step, value in validation[-FEW:]):
        return Verdict(
            "overfitting",
            "warning",
            f"On rows it does not learn from the loss is {last:.3g}, far above the training loss of"
            f" {near(training, validation[-1][0]):.3g}: it learns its rows by heart.",
            "Add examples with other words and values; fewer epochs, a lower rank or more dropout help, too.",
        )
    return None


def far_above(validation: float, training: float) -> bool:
    return validation > FAR_TIMES * training and validation - training > FAR_BY


def near(training: Course, step: int) -> float:
    """The training loss around a step: the mean of the last few up to it."""
    until = [value for at, value in training if at <= step] or [training[0][1]]
    return fmean(until[-10:])


def perplexed(validation: Course, over: bool) -> Verdict | None:
    """Whether the perplexity on unseen rows is still above 20; early in a stage that is as it should be."""
    if not validation or not (over or len(validation) >= FEW):
        return None
    losses = [value for _, value in validation[-2:]]
    if min(perplexity(loss) for loss in losses) <= WORST_PERPLEXITY:
        return None
    return Verdict(
        "perplexity",
        "warning",
        f"The perplexity on rows it does not learn from is {perplexity(losses[-1]):.3g}; above"
        f" {WORST_PERPLEXITY:.0f} a model guesses rather than knows.",
        "Train for longer, add examples of the same kind as the held-out rows, or start from a larger base.",
    )


def perplexity(loss: float) -> float:
    """e to the loss (nats a token); infinite where that is more than a number holds."""
    return exp(loss) if loss < 700 else float("inf")


def plateau(training: Course, rates: Course) -> Verdict | None:
    """Whether a high training loss has not fallen over the second half, the rate's last tenth left aside."""
    highest = max((rate for _, rate in rates), default=0.0)
    quiet = {step for step, rate in rates if rate < highest / 10}
    losses = [(step, value) for step, value in training if step not in quiet]
    quarter = len(losses) // 4
    if len(losses) < MANY or fmean(value for _, value in losses[-quarter:]) <= HIGH_LOSS:
        return None
    before, after = ([value for _, value in part] for part in (losses[-2 * quarter : -quarter], losses[-quarter:]))
    noise = sqrt((pvariance(before) + pvariance(after)) / quarter)
    fell = fmean(before) - fmean(after)
    if fell > 0.01 * fmean(before) or noise > 0.05 * fmean(before):
        return None
    return Verdict(
        "plateau",
        "warning",
        f"The training loss has not fallen since about step {losses[-2 * quarter][0]} and stays at {fmean(after):.3g}.",
        "Raise the learning rate or the rank; if the rows contradict one another, no setting helps.",
    )


def too_few(training: Course, validation: Course, over: bool) -> list[Verdict]:
    """That overfitting could not be seen, once a stage is over that was measured at all."""
    if not over or not training:
        return []
    times = ("never measured", "measured only once", "measured only twice")[len(validation)]
    return [
        Verdict(
            "few_evaluations",
            "note",
            f"It was {times} on rows it does not learn from: whether it overfits cannot be told.",
            "Evaluate more often: a smaller number of steps between checkpoints."
            if validation
            else "Hold some rows out: draw a split of the dataset.",
        )
    ]


def well(training: Course, validation: Course) -> list[Verdict]:
    """That nothing points to trouble, where the validation loss is low and close to the training loss."""
    step, last = validation[-1]
    if not training or perplexity(last) > WORST_PERPLEXITY / 2 or last - near(training, step) > CLOSE_BY:
        return []
    return [
        Verdict(
            "well",
            "good",
            f"Nothing points to trouble: on rows it does not learn from the loss is {last:.3g}, close to the training"
            f" loss of {near(training, step):.3g}.",
        )
    ]
