"""Evaluating a model on held-out rows: which arms there are, asking them, writing the report."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from background.disk import write_whole
from background.lease import Lease
from background.queue import launch
from training.errors import NothingToTrainOn, UnknownArm
from training.models import Evaluation, ModelVersion, Split
from training.planning import Plan, stage_rows
from training.scorecards import agreement, figures, judge, question, report_rows
from training.services.bases import base_spec
from training.services.datasets import read_rows
from training.services.stages import stage_tools
from training.specs import Answerer, AnswerSpec, ArmSpec, BaseSpec

ARMS = ("base", "tuned", "merged", "base_rag", "tuned_rag", "merged_rag")


def default_arms(version: ModelVersion) -> list[str]:
    """What a report compares when nobody says: with and without retrieval for models that write."""
    calls_tools = any(stage.tools for stage in version.run.stages.all())
    return ["base", "tuned", "merged"] if calls_tools else ["base", "base_rag", "tuned", "tuned_rag", "merged_rag"]


@transaction.atomic
def launch_evaluation(*, version: ModelVersion, arms: list[str]) -> Evaluation:
    """Queue an evaluation on the held-out rows of the version the model was trained on.

    Raises UnknownArm listing the known ones.
    """
    unknown = [arm for arm in arms if arm not in ARMS]
    if unknown:
        raise UnknownArm(f"There is no arm '{unknown[0]}'. Arms: {', '.join(ARMS)}.")
    last_stage = version.run.stages.order_by("-number").first()
    evaluation = Evaluation.objects.create(
        team=version.team,
        model_version=version,
        dataset_version=version.run.dataset_version,
        arms=arms,
        tools=last_stage.tools if last_stage else [],
        queue="training",
        function="training.jobs.evaluate",
    )
    launch(evaluation)
    return evaluation


def arm_spec(version: ModelVersion, name: str) -> ArmSpec:
    """One of ARMS: base or tuned (adapter on the base as it was trained) or merged, `_rag` with the context.

    Models that call tools have no context to retrieve, so their arms need no `_rag`.
    """
    plan = Plan.from_json(version.run.plan)
    kind, _, context = name.partition("_")
    base = base_spec(version.base, quantised=plan.quantised, dtype=plan.dtype)
    if kind == "merged":
        base = BaseSpec(source=str(version.merged_path), architecture=base.architecture, dtype=plan.dtype)
    adapter = str(version.adapter_path) if kind == "tuned" else ""
    return ArmSpec(name=name, base=base, adapter=adapter, with_context=context == "rag")


def held_out_rows(evaluation: Evaluation) -> tuple[dict[str, Any], ...]:
    declared = stage_tools(evaluation.dataset_version, evaluation.tools)
    rows = stage_rows(read_rows(evaluation.dataset_version), Split.HELD_OUT, declared)
    if not rows:
        raise NothingToTrainOn(f"{evaluation.dataset_version} has no held-out rows: add some, freeze, train again.")
    return rows


def work_evaluation(lease: Lease, answer: Answerer) -> None:
    """Ask every arm every held-out row, score the answers, and keep both."""
    evaluation: Evaluation = lease.row  # type: ignore[assignment]
    rows = held_out_rows(evaluation)
    arms = tuple(arm_spec(evaluation.model_version, name) for name in evaluation.arms)
    total = len(arms) * len(rows)

    def report(event: dict[str, Any]) -> None:
        before = evaluation.arms.index(event["arm"]) * len(rows)
        lease.beat(
            step=f"{event['arm']}: {event['done']} of {event['rows']} rows",
            progress=(before + event["done"]) / total,
        )

    answers = answer(AnswerSpec(arms=arms, rows=tuple(question(row) for row in rows)), report)
    verdicts = {arm: [judge(row, text) for row, text in zip(rows, answers[arm], strict=True)] for arm in answers}
    scores: dict[str, Any] = {arm: figures(rows, verdicts[arm]) for arm in answers}
    for arm in scores:
        twin = arm.replace("merged", "tuned")
        if arm.startswith("merged") and twin in answers:
            scores[arm]["equals_adapter"] = agreement(answers[arm], answers[twin]).as_json()
    write_rows(evaluation, report_rows(rows, verdicts))
    lease.beat(scores=scores)


def write_rows(evaluation: Evaluation, lines: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_whole(evaluation.rows_path, text.encode())
