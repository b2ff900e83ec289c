"""Changing a plan, and refusing what cannot be followed: every figure's range, and which do not go together. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, get_type_hints

from training.errors import ImpossiblePlan, NothingToTrainOn
from training.planning.plan import MOST_EPOCHS, SMALL, Plan

MOST_ROWS_A_STEP = 4096
FEWEST_MODULES = 6
DTYPES = ("float32", "bfloat16", "float16")
OPTIMIZERS = ("adamw_torch", "adamw_bnb_8bit", "paged_adamw_8bit")
ELSEWHERE = {"stages": "--curriculum", "control": "--no-control"}
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Range:
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"from {self.low:,g} to {self.high:,g}"


RANGES = {
    "lora_rank": Range(1, 1024),
    "lora_alpha": Range(1, 4096),
    "lora_dropout": Range(0, 0.9),
    "epochs": Range(0.01, MOST_EPOCHS),
    "batch": Range(1, 1024),
    "accumulation": Range(1, 1024),
    "learning_rate": Range(1e-8, 1),
    "weight_decay": Range(0, 1),
    "warm_up_share": Range(0, 0.9),
    "longest": Range(16, 1_000_000),
    "seed": Range(0, 2**32 - 1),
    "checkpoint_every": Range(1, 1_000_000),
    "seen": Range(0, 1_000_000),
    "rehearsal": Range(0, 100_000),
    "turns": Range(1, 64),
    "floor": Range(0, 1),
    "steps": Range(0, 10_000_000),
    "patience": Range(0, 1000),
}


@dataclass(frozen=True)
class Base:
    """What of a base decides which plans go with it; `dtypes` are the safe ones, best first."""

    name: str
    architecture: str
    parameters: int
    dtypes: Sequence[str]


def edited(plan: Plan, changes: Mapping[str, str]) -> Plan:
    """The plan with values as they are typed: {"learning_rate": "0.001", "gates": "0.9, 0.95"}.

    Raises ImpossiblePlan for a name that no plan has, or a text that is no value of its kind.
    """
    kinds = get_type_hints(Plan)
    for name in changes:
        if name in ELSEWHERE:
            raise ImpossiblePlan(f"'{name}' is not set by hand: choose it with {ELSEWHERE[name]}.")
        if name not in kinds:
            raise ImpossiblePlan(f"A plan has no '{name}'. It has: {', '.join(sorted(set(kinds) - set(ELSEWHERE)))}.")
    return replace(plan, **{name: read(name, text.strip(), kinds[name]) for name, text in changes.items()})


def assignments(texts: Sequence[str]) -> dict[str, str]:
    """{"batch": "4"} of ["batch=4"]. Raises ImpossiblePlan for a text without a name or a value."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name.strip() and sign and value.strip()):
            raise ImpossiblePlan(f"'{text}' sets nothing: write a name and a value, such as batch=4.")
        found[name.strip()] = value
    return found


def read(name: str, text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return truth(text)
        if kind in (int, float):
            return kind(text)
        if kind is str:
            return text
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [float(part) for part in parts] if name == "gates" else parts
    except (ValueError, OverflowError) as problem:
        words = {bool: "yes or no", int: "a whole number", float: "a number"}.get(kind, "numbers with commas between")
        raise ImpossiblePlan(f"'{text}' is no value for '{name}': give {words}.") from problem


def truth(text: str) -> bool:
    if text.lower() not in (*YES, *NO):
        raise ValueError(text)
    return text.lower() in YES


def check_plan(plan: Plan, base: Base, *, gpu: bool, tools: Sequence[str]) -> None:
    """Raises ImpossiblePlan, with the first thing about the plan that cannot be followed on this kind of machine."""
    for check in (check_ranges, check_lists):
        check(plan)
    check_base(plan, base, gpu)
    check_stages(plan, tools)


def check_ranges(plan: Plan) -> None:
    for field in fields(plan):
        value, allowed = getattr(plan, field.name), RANGES.get(field.name)
        if allowed and value not in allowed:  # not a number is in no range
            raise ImpossiblePlan(f"'{field.name}' is {value:g}: give a value {allowed}.")
    if plan.batch * plan.accumulation > MOST_ROWS_A_STEP:
        raise ImpossiblePlan(
            f"{plan.batch} rows at a time, {plan.accumulation} times, are {plan.batch * plan.accumulation:,} rows "
            f"a step: choose at most {MOST_ROWS_A_STEP:,}."
        )


def check_lists(plan: Plan) -> None:
    if wrong := next((gate for gate in plan.gates if not 0 <= gate <= 1), None):
        raise ImpossiblePlan(f"A gate of {wrong:g} cannot be reached or is none: give shares from 0 to 1.")
    if plan.gates and len(plan.gates) != len(plan.stages):
        raise ImpossiblePlan(
            f"There are {len(plan.gates)} gates for {len(plan.stages)} stages: give one for each stage, or none."
        )
    if "lm_head" in plan.lora_modules:
        raise ImpossiblePlan("The output head 'lm_head' is not adapted: take it off the LoRA modules.")
    if len(set(plan.lora_modules)) < FEWEST_MODULES:
        raise ImpossiblePlan(
            f"{len(set(plan.lora_modules))} LoRA modules leave most of the model as it was: name all its attention "
            "and feed-forward layers."
        )


def check_base(plan: Plan, base: Base, gpu: bool) -> None:
    if plan.dtype not in DTYPES:
        raise ImpossiblePlan(f"There is no dtype '{plan.dtype}' here: choose one of {', '.join(DTYPES)}.")
    if plan.dtype not in base.dtypes:
        raise ImpossiblePlan(
            f"{base.name} does not train in {plan.dtype}, where it overflows: choose {' or '.join(base.dtypes)}."
        )
    if plan.autocast and plan.dtype == "float16":
        raise ImpossiblePlan("'autocast' computes in bfloat16, which does not go with float16 weights: leave one out.")
    if plan.quantised and base.architecture == "seq2seq" and base.parameters < SMALL:
        raise ImpossiblePlan(f"Four bits would save nothing on {base.name} and cost its precision: set quantised=no.")
    if plan.optimizer not in OPTIMIZERS:
        raise ImpossiblePlan(f"There is no optimizer '{plan.optimizer}': choose one of {', '.join(OPTIMIZERS)}.")
    if plan.optimizer.startswith("paged") and not gpu:
        raise ImpossiblePlan(f"'{plan.optimizer}' pages memory of a GPU, and there is none: choose adamw_torch.")


def check_stages(plan: Plan, tools: Sequence[str]) -> None:
    if not plan.stages:
        raise ImpossiblePlan("The plan has no stages: give it at least one.")
    if unknown := sorted({name for stage in plan.stages for name in stage} - set(tools)):
        raise ImpossiblePlan(f"The dataset has no tool '{unknown[0]}': choose of {', '.join(tools) or 'none'}.")
    for number, (before, stage) in enumerate(zip(plan.stages, plan.stages[1:], strict=False), 2):
        if not set(before) < set(stage):
            raise ImpossiblePlan(f"Stage {number} must have all tools of the stage before it, and more.")
    if plan.control and len(plan.stages) < 2:
        raise ImpossiblePlan("A control arm is what stages are compared with: this plan has only one stage.")


def check_examples(rows: Sequence[Mapping[str, Any]], stages: Sequence[Sequence[str]]) -> None:
    """Raises NothingToTrainOn for a stage with a tool that no training row calls."""
    called = {
        call["function"]["name"]
        for row in rows
        for message in row["messages"]
        for call in message.get("tool_calls") or ()
    }
    for number, names in enumerate(stages, 1):
        if missing := [name for name in names if name not in called]:
            raise NothingToTrainOn(
                f"No approved training row calls '{missing[0]}', a tool of stage {number}: add examples of it, or "
                "leave it out of the curriculum."
            )
