"""From a plan and a stage's rows to the spec that the torch code follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.errors import ImpossiblePlan, NothingToTrainOn
from training.planning.plan import Plan
from training.planning.stages import conversations, validation_share
from training.recombining import recombined
from training.specs import BaseSpec, LoraSpec, TrainingSpec
from training.starters.rehearsal import rehearsed

SAMPLES = 2  # validation rows answered at each evaluation, to be read by a person


def training_spec(
    plan: Plan,
    *,
    base: BaseSpec,
    rows: tuple[dict[str, Any], ...],
    directory: str,
    held_out: tuple[dict[str, Any], ...] = (),
    adapter: str = "",
    provenance: Mapping[str, str] | None = None,
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
        steps=plan.steps,
        patience=plan.patience,
        keep_best=plan.patience > 0,
        samples=SAMPLES,
        provenance=provenance or {},
    )


def taught(plan: Plan, rows: tuple[dict[str, Any], ...], held_out: tuple[dict[str, Any], ...]) -> Any:
    """The conversations made of the rows and of their recombinations."""
    copies = recombined(rows, held_out, plan.copies(len(rows)), plan.seed)
    return conversations(copies, plan.turns, plan.seed, plan.longest)
