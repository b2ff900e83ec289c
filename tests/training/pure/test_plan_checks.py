"""Changing a plan, and refusing what cannot be followed: one sentence each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import ImpossiblePlan, NothingToTrainOn
from training.planning import Plan, make_plan
from training.planning.as_text import shown
from training.planning.checks import (
    ELSEWHERE,
    RANGES,
    Base,
    assignments,
    check_examples,
    check_plan,
    check_ranges,
    edited,
)
from training.planning.presets import PRESETS, find_preset, with_preset
from training.specs import T5_LORA_MODULES

GEMMA = Base("FunctionGemma 270M", "causal", 268_098_176, ("bfloat16", "float32"))
TINY_T5 = Base("Tiny T5", "seq2seq", 2_500_000, ("float32",))
SOUND = Plan(dtype="float32", stages=[["play"], ["play", "stop"]])
TOOLS = ["play", "stop"]


def refused(plan: Plan, base: Base = GEMMA, *, gpu: bool = False) -> str:
    with pytest.raises(ImpossiblePlan) as caught:
        check_plan(plan, base, gpu=gpu, tools=TOOLS)
    return str(caught.value)


def test_a_sound_plan_passes():
    check_plan(SOUND, GEMMA, gpu=False, tools=TOOLS)
    check_plan(replace(SOUND, gates=[0.98, 1.0], control=True), GEMMA, gpu=False, tools=TOOLS)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dtype": "float16"}, "FunctionGemma 270M does not train in float16, where it overflows: choose bfloat16 or"),
        ({"dtype": "int8"}, "There is no dtype 'int8' here"),
        ({"lora_rank": 0}, "'lora_rank' is 0: give a value from 1 to 1,024."),
        ({"learning_rate": 2.0}, "'learning_rate' is 2: give a value from 1e-08 to 1."),
        ({"learning_rate": float("nan")}, "'learning_rate' is nan"),
        ({"batch": 512, "accumulation": 64}, "are 32,768 rows a step: choose at most 4,096."),
        ({"gates": [0.9, 1.2]}, "A gate of 1.2 cannot be reached"),
        ({"gates": [0.9]}, "There are 1 gates for 2 stages"),
        ({"floor": -0.1}, "'floor' is -0.1"),
        ({"lora_modules": ["q_proj", "v_proj"]}, "2 LoRA modules leave most of the model as it was"),
        ({"lora_modules": [*"abcdef", "lm_head"]}, "The output head 'lm_head' is not adapted"),
        ({"optimizer": "sgd"}, "There is no optimizer 'sgd'"),
        ({"optimizer": "paged_adamw_8bit"}, "pages memory of a GPU, and there is none"),
        ({"stages": []}, "The plan has no stages"),
        ({"stages": [["jump"]]}, "The dataset has no tool 'jump': choose of play, stop."),
        ({"stages": [["play"], ["stop"]]}, "Stage 2 must have all tools of the stage before it, and more."),
        ({"stages": [["play"]], "control": True}, "this plan has only one stage"),
        ({"autocast": True, "dtype": "float16"}, "float16"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_a_sentence(values: dict[str, Any], said: str):
    assert said in refused(replace(SOUND, **values))


def test_four_bits_are_refused_on_a_small_encoder_decoder_and_paging_allowed_on_a_gpu():
    plan = Plan(quantised=True, lora_modules=list(T5_LORA_MODULES))
    assert "Four bits would save nothing on Tiny T5" in refused(plan, TINY_T5)
    check_plan(replace(SOUND, optimizer="paged_adamw_8bit"), GEMMA, gpu=True, tools=TOOLS)


def test_every_default_is_within_its_range():
    for parameters in (4_000_000, 7_000_000_000):
        for gpu in (True, False):
            check_ranges(make_plan(parameters=parameters, gpu=gpu))
    assert set(RANGES) <= set(Plan().as_json())


@given(
    st.fixed_dictionaries(
        {
            "learning_rate": st.floats(1e-6, 0.1),
            "batch": st.integers(1, 64),
            "quantised": st.booleans(),
            "gates": st.lists(st.floats(0, 1), max_size=4),
            "dtype": st.sampled_from(["float32", "bfloat16"]),
            "lora_modules": st.lists(st.sampled_from(["q", "k", "v"]), min_size=1),
        }
    )
)
def test_values_as_they_are_shown_can_be_typed_in_again(values: dict[str, Any]):
    plan = Plan(**values)
    texts = {name: shown(value) for name, value in values.items() if value != []}
    assert edited(Plan(), texts) == replace(plan, gates=values["gates"])


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["batch"], "'batch' sets nothing: write a name and a value, such as batch=4."),
        (["=4"], "sets nothing"),
        (["speed=4"], "A plan has no 'speed'. It has: accumulation, autocast, batch"),
        (["batch=four"], "'four' is no value for 'batch': give a whole number."),
        (["quantised=maybe"], "'maybe' is no value for 'quantised': give yes or no."),
        (["gates=high"], "give numbers with commas between."),
        (["stages=2"], "'stages' is not set by hand: choose it with --curriculum."),
    ],
)
def test_changes_that_say_nothing_are_refused(texts: list[str], said: str):
    with pytest.raises(ImpossiblePlan) as caught:
        edited(Plan(), assignments(texts))
    assert said in str(caught.value)


def test_a_tool_without_examples_names_itself_and_its_stage():
    rows = [{"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "play"}}]}]}]
    check_examples(rows, [["play"]])
    with pytest.raises(NothingToTrainOn, match="No approved training row calls 'stop', a tool of stage 2"):
        check_examples(rows, [["play"], ["play", "stop"]])


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@pytest.mark.parametrize("gpu", [True, False])
def test_presets_are_plans_that_can_be_followed(preset: Any, gpu: bool):
    base = Base("A base", "causal", 2_000_000_000, ("bfloat16", "float32"))
    plan = with_preset(make_plan(parameters=base.parameters, gpu=gpu), preset, gpu=gpu, dtypes=list(base.dtypes))
    check_plan(plan, base, gpu=gpu, tools=[])
    assert not set(preset.values) & set(ELSEWHERE)
    assert all(0 < gate <= 1 for gate in preset.gates)


def test_presets_carry_their_sources_figures():
    brand = find_preset("brand-qlora").values
    assert (brand["epochs"], brand["batch"], brand["accumulation"], brand["learning_rate"]) == (3.0, 1, 4, 2e-4)
    assert find_preset("gradual-tools").curriculum == "2,4,8,18"
    assert find_preset("conversation-tree").values["learning_rate"] == 1e-5
    with pytest.raises(ImpossiblePlan, match="There is no preset 'fast'. Choose one of: brand-qlora, "):
        find_preset("fast")
