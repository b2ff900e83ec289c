"""What a preflight looks at: a stage as it will be trained, and the rows behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from training.specs import TrainingSpec

Row = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class PreflightSpec:
    """`training` is the stage that declares most, whose rows hold those of the others.

    `rows` are the frozen rows it was made of, before any recombination, `held_out` those it will be measured on.
    `examples` tells for each stage how many training rows call each of its tools, {name: rows}.
    """

    training: TrainingSpec
    rows: tuple[Row, ...]
    held_out: tuple[Row, ...]
    examples: tuple[Mapping[str, int], ...]


class Examiner(Protocol):
    """Runs every check: verdicts as JSON. `say` is told what is looked at, and may raise."""

    def __call__(self, asked: PreflightSpec, say: Say) -> list[dict[str, Any]]: ...
