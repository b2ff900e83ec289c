from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import ImpossiblePlan, NothingToTrainOn
from training.planning import Plan, curriculum, make_plan, stage_rows, training_spec, validation_share
from training.planning.plan import SMALL
from training.planning.stages import conversations
from training.specs import LORA_MODULES, T5_LORA_MODULES, BaseSpec

Row = dict[str, Any]
NAMES = ["play", "stop", "next", "louder"]


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def row(number: int, **columns: Any) -> Row:
    messages = [{"role": "user", "content": f"wish {number}"}, {"role": "assistant", "content": "done"}]
    usual = {"example": number, "split": "train", "group": "", "context": "", "tools": [], "messages": messages}
    return usual | columns


@st.composite
def some_rows(draw: st.DrawFn) -> tuple[Row, ...]:
    """Rows of a few groups, contexts, splits and sets of tools."""
    count = draw(st.integers(0, 40))
    names = st.sets(st.sampled_from(NAMES)).map(sorted)
    return tuple(
        row(
            number,
            split=draw(st.sampled_from(["train", "held_out"])),
            group=draw(st.sampled_from("abcdefghijklmnopq")),
            context=draw(st.sampled_from(["", "one brand", "another"])),
            tools=[tool(name) for name in draw(names)],
        )
        for number in range(count)
    )


def wishes(rows: tuple[Row, ...]) -> Counter[str]:
    return Counter(m["content"] for row in rows for m in row["messages"] if m["role"] == "user")


@given(some_rows(), st.integers(1, 6), st.integers(0, 99))
def test_conversations_keep_every_turn_once_beside_its_own_kind(rows: tuple[Row, ...], turns: int, seed: int) -> None:
    joined = conversations(rows, turns, seed, 10_000)
    assert wishes(joined) == wishes(rows)
    assert all(len(row["messages"]) <= 2 * turns for row in joined)
    home = {row["messages"][0]["content"]: (row["context"], row["tools"]) for row in rows}
    for each in joined:
        assert [m["role"] for m in each["messages"]] == ["user", "assistant"] * (len(each["messages"]) // 2)
        for message in each["messages"][::2]:
            assert home[message["content"]] == (each["context"], each["tools"])


@given(some_rows(), st.integers(2, 6), st.integers(0, 99))
def test_conversations_are_full_and_the_same_for_the_same_seed(rows: tuple[Row, ...], turns: int, seed: int) -> None:
    joined = conversations(rows, turns, seed, 10_000)
    assert joined == conversations(rows, turns, seed, 10_000)
    short = Counter((row["context"], repr(row["tools"])) for row in joined if len(row["messages"]) < 2 * turns)
    assert all(count == 1 for count in short.values())


def test_one_turn_each_leaves_the_rows_as_they_are() -> None:
    rows = (row(1), row(2))
    assert conversations(rows, 1, 7, 10_000) == rows


@given(some_rows(), st.sets(st.sampled_from(NAMES)).map(sorted))
def test_a_stage_takes_the_rows_that_call_no_other_tool(rows: tuple[Row, ...], names: list[str]) -> None:
    declared = [tool(name) for name in names]
    taken = stage_rows(list(rows), "train", declared)
    fitting = [
        row
        for row in rows
        if row["split"] == "train" and (not names or {t["function"]["name"] for t in row["tools"]} <= set(names))
    ]
    assert [row["example"] for row in taken] == [row["example"] for row in fitting]
    assert all(row["tools"] == declared for row in taken) or not names
    assert names or list(taken) == fitting


@given(some_rows(), st.integers(2, 20))
def test_validation_never_shares_a_group_with_training(rows: tuple[Row, ...], every: int) -> None:
    training, validation = validation_share(rows, every)
    assert not {row["group"] for row in training} & {row["group"] for row in validation}
    assert wishes(training) + wishes(validation) == wishes(rows)
    assert validation_share(rows, every) == (training, validation)
    groups = len({row["group"] for row in rows})
    assert bool(validation) == (groups > 4)
    assert bool(training) == bool(rows)


@given(st.integers(5, 60), st.integers(2, 20))
def test_validation_takes_at_most_one_group_in_every(groups: int, every: int) -> None:
    rows = tuple(row(number, group=f"{number:03}") for number in range(groups))
    _, validation = validation_share(rows, every)
    assert 1 <= len(validation) <= groups / every + 1


@given(st.lists(st.integers(1, 18), min_size=1, unique=True).map(sorted))
def test_a_curriculum_grows_in_the_order_of_the_tools(sizes: list[int]) -> None:
    names = [f"tool {number}" for number in range(18)]
    stages = curriculum(names, ", ".join(map(str, sizes)))
    assert stages == [names[:size] for size in sizes]


def test_without_sizes_all_tools_come_at_once_and_without_tools_there_is_none() -> None:
    assert curriculum(NAMES, "") == [NAMES]
    assert curriculum([], "2,4") is None


@pytest.mark.parametrize("sizes", ["4,2", "2,2", "0,2", "-1", "2,9", "two", "2,,4", ",", "²", "1.5", " "])
def test_sizes_that_do_not_grow_within_the_tools_are_refused(sizes: str) -> None:
    with pytest.raises(ImpossiblePlan, match="growing numbers of tools, at most 4"):
        curriculum(NAMES, sizes)


@given(st.text("0123456789,. -²๒", max_size=8))
def test_any_sizes_give_stages_or_one_sentence(sizes: str) -> None:
    try:
        stages = curriculum(NAMES, sizes)
    except ImpossiblePlan:
        return
    assert stages
    assert [len(stage) for stage in stages] == sorted({len(stage) for stage in stages})


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("parameters", [4_000_000, 270_000_000, 7_600_000_000])
@pytest.mark.parametrize("tools", [None, [["play"]]])
def test_a_plan_survives_being_stored(gpu: bool, parameters: int, tools: list[list[str]] | None) -> None:
    plan = make_plan(parameters=parameters, gpu=gpu, tools=tools)
    assert Plan.from_json(plan.as_json() | {"no_longer": 1}) == plan
    assert plan.stages == (tools or [[]])
    assert plan.lora_modules == list(LORA_MODULES)
    assert plan.dtype == ("float32" if parameters < SMALL else "bfloat16")
    assert plan.batch * plan.accumulation * plan.turns >= 4


def test_a_plan_follows_base_and_wish() -> None:
    starter, large = (make_plan(parameters=size, gpu=True) for size in (4_000_000, 7_000_000_000))
    assert starter.copies(0) >= starter.copies(30) > starter.copies(1000) > starter.copies(4000) == 0
    assert starter.epochs == 1
    assert large.copies(30) == 0
    asked = make_plan(parameters=4_000_000, gpu=False, epochs=2.5, modules=T5_LORA_MODULES)
    assert (asked.epochs, asked.lora_modules) == (2.5, list(T5_LORA_MODULES))


@pytest.mark.parametrize("epochs", [-1.0, float("nan"), float("inf"), 1e9])
def test_a_number_of_epochs_that_is_none_is_refused(epochs: float) -> None:
    with pytest.raises(ImpossiblePlan, match="is no number of epochs"):
        make_plan(parameters=4_000_000, gpu=False, epochs=epochs)


def test_a_spec_follows_the_plan_to_the_letter() -> None:
    plan = Plan(
        lora_rank=4, lora_alpha=8, lora_dropout=0.1, lora_modules=["q_proj"], epochs=2.0, batch=3, accumulation=5,
        learning_rate=0.5, weight_decay=0.2, warm_up_share=0.3, longest=77, seed=11, optimizer="sgd",
        checkpoint_every=9, turns=2, gradient_checkpointing=True,
    )  # fmt: skip
    rows = tuple(row(number, group=str(number)) for number in range(6))
    spec = training_spec(plan, base=BaseSpec("here"), rows=rows, directory="there", adapter="on this")
    assert (spec.base.source, spec.directory, spec.adapter) == ("here", "there", "on this")
    assert (spec.lora.rank, spec.lora.alpha, spec.lora.dropout, spec.lora.modules) == (4, 8, 0.1, ("q_proj",))
    same = (
        "epochs", "batch", "accumulation", "learning_rate", "weight_decay", "warm_up_share", "longest", "seed",
        "optimizer", "checkpoint_every", "gradient_checkpointing",
    )  # fmt: skip
    assert {name: getattr(spec, name) for name in same} == {name: getattr(plan, name) for name in same}
    assert (len(spec.rows), len(spec.validation)) == (3, 1)
    assert wishes(spec.rows) + wishes(spec.validation) == wishes(rows)


def test_what_cannot_be_trained_is_refused() -> None:
    with pytest.raises(NothingToTrainOn, match="add examples"):
        training_spec(Plan(), base=BaseSpec("here"), rows=(), directory="")
    with pytest.raises(ImpossiblePlan, match="choose a decoder"):
        training_spec(
            Plan(), base=BaseSpec("here", architecture="seq2seq"), rows=(row(1, tools=[tool("play")]),), directory=""
        )


def test_a_conversation_has_no_more_characters_than_room() -> None:
    rows = tuple(row(number) for number in range(12))  # 10 or 11 characters each
    joined = conversations(rows, 8, 7, 35)
    assert [len(each["messages"]) for each in joined] == [6, 6, 6, 6]
    assert len(conversations(rows, 8, 7, 5)) == 12, "a row alone is never cut"
