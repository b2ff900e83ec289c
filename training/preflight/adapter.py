"""Is the adapter as large as planned? One that sits on few layers trains without complaint and learns little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.preflight.verdicts import Check, Verdict

CHECK = Check("adapter", "Size of the adapter")
ALTERNATIVES = {"wi", "wi_0", "wi_1"}  # T5's feed-forward layer has one name or the other two
LEAST = 0.5  # of the planned weights
LARGE = 0.2  # of the base's weights


@dataclass(frozen=True)
class AdapterFacts:
    """`planned` kinds of layers and those of them the base has; weights the plan's rank makes on these layers, weights
    that would be trained, weights of the base. `problem` says why no adapter could be made."""

    planned: Sequence[str]
    found: Sequence[str] = ()
    planned_weights: int = 0
    trainable: int = 0
    base_weights: int = 0
    problem: str = ""

    @property
    def missing(self) -> list[str]:
        spare = ALTERNATIVES if ALTERNATIVES & set(self.found) else set()
        return [kind for kind in self.planned if kind not in {*self.found, *spare}]


def adapter(facts: AdapterFacts) -> Verdict:
    cure = "Set the plan's LoRA modules to the names of the base's attention and feed-forward layers."
    if facts.problem:
        return CHECK.failed(facts.problem, cure)
    share = facts.trainable / max(facts.base_weights, 1)
    figures = (
        f"{facts.trainable:,} weights are trained on {len(facts.found)} kinds of layers ({', '.join(facts.found)}): "
        f"{share:.2%} of the base's {facts.base_weights:,}."
    )
    if facts.trainable < LEAST * facts.planned_weights or not facts.trainable:
        said = f"The plan makes an adapter of {facts.planned_weights:,} weights, and {facts.trainable:,} would learn."
        return CHECK.failed(f"{said}\n{figures}", cure)
    if facts.missing:
        said = f"The base has no {', '.join(facts.missing)}: these layers of the plan stay as they are."
        return CHECK.warning(f"{said}\n{figures}", cure)
    note = " That is much for an adapter, and usual for a base this small." if share > LARGE else ""
    return CHECK.passed(figures + note)
