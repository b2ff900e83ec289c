"""What a run will take, from what it will do and what earlier runs took: steps, tokens, seconds, memory. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from training.planning.plan import Plan

FEWEST_PAIRS = 3
LOWEST, HIGHEST = 0.8, 1.25
PASSES = 6  # operations a parameter and token of a frozen base's forward and backward, four of them, and checkpointing
CPU_SPEED, GPU_SPEED = 2.5e10, 4e13  # operations a second of a core, and of a GPU, that training reaches in practice
SETTING_UP = 20.0  # seconds a stage loads, evaluates and merges, at least


@dataclass(frozen=True)
class Pace:
    """Tokens a second; `runs` is how many runs it was measured on, 0 where it is only computed."""

    tokens_per_second: float
    runs: int = 0


def steps(plan: Plan, rows: int) -> int:
    """Optimizer steps of a stage with so many rows, as the trainer counts them."""
    if plan.steps:
        return plan.steps
    in_an_epoch = math.ceil(math.ceil(rows / plan.batch) / plan.accumulation)
    return max(1, math.ceil(plan.epochs * in_an_epoch))


def tokens_read(plan: Plan, rows: int, mean: float) -> float:
    """Tokens a stage reads, when its rows have `mean` tokens each."""
    seen = steps(plan, rows) * plan.batch * plan.accumulation if plan.steps else plan.epochs * rows
    return seen * mean


def calibration(pairs: Sequence[tuple[float, float]]) -> float:
    """What to multiply predicted memory with: the median of measured to predicted of (predicted, measured) pairs.

    1 until there are three; never below 0.8 or above 1.25, because a larger error is one to look into.
    """
    ratios = [measured / predicted for predicted, measured in pairs if predicted > 0 and measured > 0]
    if len(ratios) < FEWEST_PAIRS:
        return 1.0
    return min(HIGHEST, max(LOWEST, median(ratios)))


def calibrated(memory: dict[str, int], ratio: float) -> dict[str, int]:
    """The parts with what earlier runs took beside them put to the activations, so that they still add up."""
    more = round(memory["total"] * (ratio - 1))
    return memory | {"activations": memory["activations"] + more, "total": memory["total"] + more}


def pace(measured: Sequence[float], *, parameters: int, gpu: bool, cores: int) -> Pace:
    """The median of what earlier runs of the same base, dtype and kind of machine read; without any, a rough guess."""
    if measured:
        return Pace(median(measured), len(measured))
    speed = GPU_SPEED if gpu else CPU_SPEED * cores
    return Pace(speed / (PASSES * max(parameters, 1)))


def seconds(tokens: Sequence[float], each: Pace) -> float:
    """How long stages take that read so many tokens."""
    return round(sum(SETTING_UP + count / each.tokens_per_second for count in tokens), 1)


def with_room(plan: Plan, longest: int, positions: int = 0) -> Plan:
    """The plan with room for a row of so many tokens: the next multiple of 64, or all the base can read."""
    rounded = math.ceil(longest / 64) * 64
    return replace(plan, longest=min(rounded, positions) if positions else rounded)


def changes(variants: Sequence[dict[str, Any]], total: int, limit: int) -> list[str]:
    """What to change when a run does not fit, each in a sentence with what it saves, the largest saving first.

    `variants` are {"change": text, "total": bytes}; those that save nothing are left out.
    """
    saving = sorted((each for each in variants if each["total"] < total), key=lambda each: int(each["total"]))
    return [
        f"{each['change']}: saves {size(total - each['total'])}"
        + (", and then it fits." if each["total"] <= limit else f", leaves {size(each['total'])}.")
        for each in saving
    ]


def size(count: float) -> str:
    """Bytes in the unit people say."""
    if count < 1e9:
        return f"{count / 1e6:,.1f} MB" if count < 1e7 else f"{count / 1e6:,.0f} MB"
    return f"{count / 1e9:,.1f} GB"
