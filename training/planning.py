"""The plan: every choice of a run, made in one place, seen before it starts and followed to the letter.

Figures that do not come from the rows are those of the QLoRA sources (r 16, alpha 32, dropout 0.05, seven
modules, 2e-4 for large bases); starters are thousands of times smaller, and learn at a higher rate and rank.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any

from training.errors import ImpossiblePlan, NothingToTrainOn
from training.recombining import recombined
from training.specs import LORA_MODULES, BaseSpec, LoraSpec, TrainingSpec
from training.starters.rehearsal import rehearsed

SMALL = 50_000_000  # parameters below which a base learns like a starter
MOST_EPOCHS = 10_000
STARTER_CALLS_SEEN, STARTER_TEXTS_SEEN = 2300, 2700  # rows a starter should see, recombinations included
STARTER_REHEARSAL = 180
MOST_COPIES = 40


@dataclass(frozen=True)
class Plan:
    """What a run will do. `stages` lists the tool names declared in each stage; one empty list means no tools.

    `copies` is how many recombinations of each row are taught beside it (training/recombining.py), `rehearsal` how
    many conversations of a starter's pretraining. `turns` is how many rows with the same tools and context become
    turns of one conversation, so that long declarations and cards are read once for all of them.
    """

    dtype: str = "float32"
    quantised: bool = True
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.05
    lora_modules: list[str] = field(default_factory=lambda: list(LORA_MODULES))
    epochs: float = 3.0
    batch: int = 8
    accumulation: int = 1
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    warm_up_share: float = 0.05
    longest: int = 1024
    seed: int = 7
    optimizer: str = "adamw_torch"
    checkpoint_every: int = 25
    copies: int = 0
    rehearsal: int = 0
    turns: int = 1
    gradient_checkpointing: bool = False
    autocast: bool = False
    stages: list[list[str]] = field(default_factory=lambda: [[]])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def make_plan(
    *,
    parameters: int,
    rows: int,
    gpu: bool,
    fast_bfloat16: bool = False,
    modules: Sequence[str] = LORA_MODULES,
    tools: list[list[str]] | None = None,
    epochs: float = 0,
) -> Plan:
    """The plan for a base of that size and that many training rows on this kind of machine.

    `epochs` 0 leaves the usual number. A starter sees few rows often, each time with other values; a large base
    knows how to copy.
    Raises ImpossiblePlan for a number of epochs that is none.
    """
    if not 0 <= epochs <= MOST_EPOCHS:
        raise ImpossiblePlan(f"{epochs} is no number of epochs: give one from 0 (as usual) to {MOST_EPOCHS}.")
    shape = Plan(stages=tools or [[]], lora_modules=list(modules))
    if parameters < SMALL:
        return for_starter(shape, rows, epochs, fast_bfloat16)
    return for_large_base(shape, epochs, gpu)


def for_starter(shape: Plan, rows: int, epochs: float, fast_bfloat16: bool) -> Plan:
    """Many recombinations at a high rank and rate; of 256 wide a model has little to spare, and learns too little
    at rank 16. Four bits would save nothing here and cost it its precision."""
    calls = any(shape.stages)
    wanted = STARTER_CALLS_SEEN if calls else STARTER_TEXTS_SEEN
    return replace(
        shape,
        quantised=False,
        lora_rank=64,
        lora_alpha=128,
        lora_dropout=0.0,
        epochs=epochs or 1.0,
        copies=min(MOST_COPIES, max(0, round(wanted / max(rows, 1)) - 1)),
        rehearsal=STARTER_REHEARSAL if calls else 0,
        longest=4096,
        batch=2,
        turns=4,
        learning_rate=4e-3,
        autocast=fast_bfloat16,
    )


def for_large_base(shape: Plan, epochs: float, gpu: bool) -> Plan:
    """QLoRA as its sources have it; eight rows a step, one at a time where memory is main memory."""
    return replace(
        shape,
        dtype="bfloat16",
        epochs=epochs or 3.0,
        batch=4 if gpu else 1,
        accumulation=2 if gpu else 8,
        optimizer="paged_adamw_8bit" if gpu else "adamw_torch",
        gradient_checkpointing=True,
    )


def curriculum(names: list[str], sizes: str) -> list[list[str]] | None:
    """Stages of growing tool sets, `sizes` as "2,4,8"; all the tools at once when it is empty, None without tools.

    Raises ImpossiblePlan for sizes that do not grow or ask for more tools than there are.
    """
    if not names:
        return None
    if not sizes:
        return [names]
    parts = [int(part) if part.strip().isdecimal() else 0 for part in sizes.split(",")]
    if parts != sorted(set(parts)) or parts[0] < 1 or parts[-1] > len(names):
        raise ImpossiblePlan(f"The curriculum '{sizes}' must be growing numbers of tools, at most {len(names)}.")
    return [names[:size] for size in parts]


def stage_rows(rows: list[dict[str, Any]], split: str, tools: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The rows of one side of the split that a stage may use, each declaring all the stage's tools.

    Without tools these are all rows; with tools, those that call no other. Order is kept.
    """
    names = {tool["function"]["name"] for tool in tools}
    chosen = [row for row in rows if row["split"] == split]
    if not tools:
        return tuple(chosen)
    fitting = [row for row in chosen if {t["function"]["name"] for t in row["tools"]} <= names]
    return tuple(row | {"tools": tools} for row in fitting)


def validation_share(rows: tuple[dict[str, Any], ...], every: int = 12) -> tuple[tuple[dict[str, Any], ...], ...]:
    """(training, validation): whole groups go to validation, the same each time.

    Of the groups in order, every `every`-th from the middle on: one of 11 brands, a few per cent of many
    wordings, because training needs the variety more than the curve needs points.
    """
    groups = sorted({row["group"] for row in rows})
    kept_out = set(groups[len(groups) // 2 :: every]) if len(groups) > 4 else set()
    return (
        tuple(row for row in rows if row["group"] not in kept_out),
        tuple(row for row in rows if row["group"] in kept_out),
    )


def conversations(rows: tuple[dict[str, Any], ...], turns: int, seed: int) -> tuple[dict[str, Any], ...]:
    """The rows, shuffled, with up to `turns` of the same tools and context joined into one conversation."""
    if turns < 2:
        return rows
    waiting: dict[str, list[dict[str, Any]]] = {}
    for row in Random(seed).sample(rows, len(rows)):
        key = json.dumps([row["context"], row["tools"]], sort_keys=True)
        waiting.setdefault(key, []).append(row)
    return tuple(
        alike[start] | {"messages": [m for row in alike[start : start + turns] for m in row["messages"]]}
        for alike in waiting.values()
        for start in range(0, len(alike), turns)
    )


def taught(plan: Plan, rows: tuple[dict[str, Any], ...], held_out: tuple[dict[str, Any], ...]) -> Any:
    """The conversations made of the rows and of their recombinations."""
    return conversations(recombined(rows, held_out, plan.copies, plan.seed), plan.turns, plan.seed)


def training_spec(
    plan: Plan,
    *,
    base: BaseSpec,
    rows: tuple[dict[str, Any], ...],
    directory: str,
    held_out: tuple[dict[str, Any], ...] = (),
    adapter: str = "",
) -> TrainingSpec:
    """One stage of the plan as the torch code follows it; no value of the `held_out` rows is put into another.

    Raises NothingToTrainOn, or ImpossiblePlan for an encoder-decoder that is to learn tool calls.
    """
    if base.architecture == "seq2seq" and any(row.get("tools") for row in rows):
        raise ImpossiblePlan("An encoder-decoder writes texts and calls no tools: choose a decoder as the base.")
    training, validation = validation_share(rows)
    if not training:
        raise NothingToTrainOn("No training row calls only the tools of this stage: add examples for them.")
    return TrainingSpec(
        base=base,
        directory=directory,
        adapter=adapter,
        rows=(*taught(plan, training, held_out), *rehearsed(plan.rehearsal, plan.seed)),
        validation=validation,
        lora=LoraSpec(plan.lora_rank, plan.lora_alpha, plan.lora_dropout, tuple(plan.lora_modules)),
        epochs=plan.epochs,
        batch=plan.batch,
        accumulation=plan.accumulation,
        learning_rate=plan.learning_rate,
        weight_decay=plan.weight_decay,
        warm_up_share=plan.warm_up_share,
        longest=plan.longest,
        seed=plan.seed,
        optimizer=plan.optimizer,
        checkpoint_every=plan.checkpoint_every,
        gradient_checkpointing=plan.gradient_checkpointing,
        autocast=plan.autocast,
    )
