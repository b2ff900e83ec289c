"""Named plans with the figures that working systems were trained with. Pure.

Each holds only what its source gave; everything else stays what base and machine call for. A source that pages its
optimizer's memory does so on a GPU alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from training.errors import ImpossiblePlan
from training.planning.plan import Plan

QLORA: dict[str, Any] = {"lora_rank": 16, "lora_alpha": 32, "lora_dropout": 0.05}
ONE_OF_OURS: dict[str, Any] = {"seen": 0, "rehearsal": 0, "turns": 1}  # what only starters are taught with


@dataclass(frozen=True)
class Preset:
    """`values` are the plan's, `curriculum` and `gates` as `manage.py train` takes them."""

    name: str
    title: str
    base: str
    note: str
    values: Mapping[str, Any] = field(default_factory=dict)
    curriculum: str = ""
    gates: tuple[float, ...] = ()


PRESETS = (
    Preset(
        "brand-qlora",
        "Brand content",
        "qwen2.5-7b-instruct",
        "71 rows of 11 brands; 20 to 30 minutes on an A100, 2 to 3 hours on a T4. Ten of about 135 steps warm up; "
        "the validation loss is looked at every 50 steps and ends the run when it rises.",
        QLORA | ONE_OF_OURS | {
            "quantised": True, "epochs": 3.0, "batch": 1, "accumulation": 4, "learning_rate": 2e-4,
            "warm_up_share": 0.07, "longest": 1024, "optimizer": "paged_adamw_8bit", "gradient_checkpointing": True,
            "checkpoint_every": 50, "patience": 2,
        },
    ),
    Preset(
        "gradual-tools",
        "Tools in stages",
        "functiongemma-270m-it",
        "18 music tools in stages of 2, 4, 8 and 18, 25 to 50 rows a tool, in float32; 10 to 12 minutes for the last.",
        QLORA | ONE_OF_OURS | {
            "quantised": False, "dtype": "float32", "epochs": 5.0, "batch": 2, "accumulation": 4,
            "learning_rate": 2e-4, "weight_decay": 0.01, "autocast": False,
        },
        curriculum="2,4,8,18",
        gates=(0.98, 0.98, 0.95, 0.90),
    ),
    Preset(
        "conversation-tree",
        "Conversation trees",
        "functiongemma-270m-it",
        "609 turns of several calls each: 45 minutes for 7 epochs on 6 GB of GPU memory, in float32. "
        "Three epochs were too few for them.",
        QLORA | ONE_OF_OURS | {
            "quantised": False, "dtype": "float32", "epochs": 7.0, "batch": 1, "accumulation": 8,
            "learning_rate": 1e-5, "longest": 2048, "autocast": False,
        },
    ),
    Preset(
        "tutoring",
        "Tutoring and study",
        "gemma-2-2b-it",
        "Its source adapts the four attention layers; here the three feed-forward ones are adapted as well, because "
        "tools are not learned without them.",
        {"lora_rank": 16, "lora_alpha": 32, "lora_dropout": 0.1, "longest": 2048} | ONE_OF_OURS,
    ),
    Preset(
        "director-executor",
        "Director's executor",
        "functiongemma-270m-it",
        "Calls for several tools from one brief, in four bits. Untuned 58 % were right; the gate asks for 85 %.",
        QLORA | ONE_OF_OURS | {"quantised": True},
        gates=(0.85,),
    ),
)  # fmt: skip


def find_preset(name: str) -> Preset:
    """Raises ImpossiblePlan listing the presets."""
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise ImpossiblePlan(f"There is no preset '{name}'. Choose one of: {', '.join(each.name for each in PRESETS)}.")


def with_preset(plan: Plan, preset: Preset, *, gpu: bool, dtypes: tuple[str, ...] | list[str]) -> Plan:
    """The plan with the preset's figures; a dtype the base does not train in, and paging without a GPU, are left."""
    values = dict(preset.values)
    if values.get("dtype", plan.dtype) not in dtypes:
        del values["dtype"]
    if not gpu and str(values.get("optimizer", "")).startswith("paged"):
        del values["optimizer"]
    return replace(plan, **values)
