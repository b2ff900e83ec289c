"""Evaluating a model with an answerer that was told what to say: figures, rows and what is refused."""

from __future__ import annotations

import json

import pytest

from background.models import JobState
from background.running import run_leased
from tests import factories
from tests.fakes import FakeAnswerer, FakeTrainer
from tests.training.conftest import worked
from training.errors import UnknownArm
from training.functiongemma import call_text
from training.models import Evaluation
from training.planning import Plan
from training.scorecards import wanted_calls
from training.services.datasets import freeze, read_rows
from training.services.evaluations import arm_spec, default_arms, launch_evaluation, work_evaluation
from training.services.runs import launch_run

ARMS = ["base", "tuned", "merged"]


@pytest.fixture
def model(trained):
    return trained(stages=[["play", "stop"]], quantised=True).model_version


def right(row) -> str:
    return "".join(call_text({"function": call}) for call in wanted_calls(row))


def evaluated(model, answerer, arms=ARMS) -> Evaluation:
    evaluation = launch_evaluation(version=model, arms=arms)
    run_leased(Evaluation, evaluation.pk, lambda lease: work_evaluation(lease, answerer))
    evaluation.refresh_from_db()
    return evaluation


@pytest.fixture
def answers(version) -> dict[int, str]:
    return {row["example"]: right(row) for row in read_rows(version)}


@pytest.fixture
def answerer(answers) -> FakeAnswerer:
    """The base cannot call, the tuned model calls everything but stops right, the merged one once differs."""

    def say(arm, row):
        if arm.name == "base":
            return "I would play it."
        wish = row["messages"][0]["content"]
        if wish.startswith("Be quiet"):
            return "<start_function_call>call:stop{room:" if arm.name == "merged" else ""
        return answers[row["example"]]

    return FakeAnswerer(say)


def test_a_report_has_every_arms_figures_by_kind(model, answerer):
    scores = evaluated(model, answerer).scores
    assert scores["base"]["strict"] | {"high": 0} == {"value": 0.0, "n": 8, "low": 0.0, "high": 0}
    assert scores["tuned"]["strict"]["value"] == scores["tuned"]["names"]["value"] == 0.5
    assert scores["tuned"]["readable"]["value"] == scores["tuned"]["schema_valid"]["value"] == 1.0
    assert scores["merged"]["readable"]["value"] == scores["merged"]["schema_valid"]["value"] == 0.5
    assert scores["merged"]["equals_adapter"] | {"low": 0, "high": 0} == {"value": 0.5, "n": 8, "low": 0, "high": 0}
    assert "equals_adapter" not in scores["tuned"]
    assert (scores["tuned"]["strict_unseen_wording"]["n"], scores["tuned"]["strict_seen_wording"]["n"]) == (2, 6)


def test_every_answer_can_be_read_afterwards(model, answerer, answers):
    evaluation = evaluated(model, answerer)
    lines = [json.loads(line) for line in evaluation.rows_path.read_text("utf-8").splitlines()]
    assert len(lines) == 8
    first, last = lines[0], lines[-1]
    assert first["answers"]["tuned"] == {"text": answers[first["example"]], "right": True, "why": ""}
    assert first["prompt"].startswith("Play")
    assert first["expected"][0]["name"] == "play"
    assert last["answers"]["merged"]["why"] == "The answer holds a call that cannot be read."
    assert last["answers"]["base"] | {"why": ""} == {"text": "I would play it.", "right": False, "why": ""}
    assert not list(evaluation.rows_path.parent.glob("*.part"))


def test_questions_end_before_the_answer_and_declare_the_tools(model, answerer):
    evaluation = evaluated(model, answerer)
    asked = answerer.specs[0].rows
    assert {row["messages"][-1]["role"] for row in asked} == {"user"}
    assert {tuple(t["function"]["name"] for t in row["tools"]) for row in asked} == {("play", "stop")}
    assert {row["split"] for row in asked} == {"held_out"}
    assert (evaluation.state, evaluation.progress) == (JobState.COMPLETED, 1.0)
    assert evaluation.step == "merged: 8 of 8 rows"


def test_what_each_arm_loads(model):
    base, tuned, merged = (arm_spec(model, name) for name in ARMS)
    assert (base.base.quantised, base.adapter) == (True, "")
    assert (tuned.base, tuned.adapter) == (base.base, str(model.adapter_path))
    assert (merged.base.source, merged.base.quantised, merged.adapter) == (str(model.merged_path), False, "")
    assert [arm_spec(model, name).with_context for name in ("tuned", "tuned_rag")] == [False, True]


def test_models_that_write_are_also_asked_with_retrieval(model):
    assert default_arms(model) == ARMS
    model.run.stages.update(tools=[])
    assert default_arms(model) == ["base", "base_rag", "tuned", "tuned_rag", "merged_rag"]


def test_only_the_tools_of_the_last_stage_are_asked_for(trained, answerer):
    evaluation = evaluated(trained(stages=[["play"]]).model_version, answerer)
    assert evaluation.tools == ["play"]
    assert evaluation.scores["tuned"]["strict"] | {"low": 0} == {"value": 1.0, "n": 4, "low": 0, "high": 1.0}


def test_an_unknown_arm_is_refused_before_anything_is_queued(model):
    with pytest.raises(UnknownArm, match="no arm 'guessed'. Arms: base, tuned, merged"):
        launch_evaluation(version=model, arms=["tuned", "guessed"])
    assert not Evaluation.objects.exists()


def test_without_held_out_rows_the_evaluation_fails_with_advice(music, launched, answerer):
    base = launched().base
    music.examples.filter(split="held_out").delete()
    plan = Plan(stages=[["play", "stop"]])
    run = launch_run(dataset_version=freeze(dataset=music), base=base, slot="executor", plan=plan)
    evaluation = evaluated(worked(run, FakeTrainer()).model_version, answerer)
    assert (evaluation.state, evaluation.scores) == (JobState.FAILED, {})
    assert "Music v2 has no held-out rows: add some" in evaluation.reason


def test_texts_are_scored_by_their_facts(team, var, starter):
    dataset = factories.dataset(team=team)
    written = [{"role": "user", "content": "Write"}, {"role": "assistant", "content": "CoffeeLab #Brew"}]
    factories.example(dataset=dataset, task="caption", messages=written, tools=[])
    expected = {"required": ["TechZone", "#Tech"], "any": [["fast", "bright"]], "foreign": ["FitFlow"], "banned": []}
    factories.example(
        dataset=dataset, split="held_out", kind="unseen_brand", task="caption", messages=written[:1], tools=[],
        context="Brand: TechZone", expected=expected,
    )  # fmt: skip
    run = launch_run(dataset_version=freeze(dataset=dataset), base=starter, slot="thinker", plan=Plan(stages=[[]]))
    model = worked(run, FakeTrainer()).model_version
    said = {"base": "", "tuned": "Bright days with FitFlow", "tuned_rag": "Bright days with TechZone #Tech",
            "merged_rag": "Bright days with TechZone #Tech", "base_rag": "TechZone"}  # fmt: skip
    answerer = FakeAnswerer(lambda arm, row: said[arm.name])
    scores = evaluated(model, answerer, default_arms(model)).scores
    values = {arm: figures["fidelity"]["value"] for arm, figures in scores.items()}
    assert values == {"base": 0.0, "base_rag": pytest.approx(1 / 3), "tuned": 0.0, "tuned_rag": 1.0, "merged_rag": 1.0}
    assert scores["tuned"]["hallucinated"]["value"] == 1.0
    assert scores["tuned_rag"]["fidelity_unseen_brand"]["n"] == 1
    assert scores["merged_rag"]["equals_adapter"]["value"] == 1.0
