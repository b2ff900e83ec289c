"""Launching a training run, and working it: stages in order, progress on the row, a model version at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from background.errors import LeaseLost, WorkerStopping
from background.lease import Lease
from background.queue import launch
from training.models import BaseModel, DatasetVersion, Measurement, Stage, TrainingRun
from training.planning import Plan, make_plan, stage_rows, training_spec
from training.services.bases import base_spec
from training.services.datasets import read_rows
from training.services.machine import has_fast_bfloat16
from training.services.registry import register_model
from training.specs import Trainer, TrainingResult

FIGURES = ("loss", "validation_loss", "learning_rate", "gradient_norm")


@transaction.atomic
def launch_run(
    *,
    dataset_version: DatasetVersion,
    base: BaseModel,
    slot: str,
    plan: Plan,
    name: str = "",
    user: Any = None,
) -> TrainingRun:
    """Save the run with its stages and queue it after the commit.

    Raises BaseUnavailable or NothingToTrainOn at once rather than from the worker.
    """
    rows = read_rows(dataset_version)
    base_spec(base, quantised=plan.quantised, dtype=plan.dtype)
    run = TrainingRun.objects.create(
        team=dataset_version.team,
        name=name or f"{dataset_version.dataset.name} on {base.name}",
        slot=slot,
        base=base,
        dataset_version=dataset_version,
        plan=plan.as_json(),
        code_version=code_version(),
        created_by=user,
        queue="training",
        function="training.jobs.train_run",
    )
    for number, tools in enumerate(plan.stages, 1):
        declared = stage_tools(dataset_version, tools)
        training_spec(plan, base=base_spec(base), rows=stage_rows(rows, "train", declared), directory="")
        title = f"{len(tools)} tool{'s' if len(tools) > 1 else ''}" if tools else "All tasks"
        Stage.objects.create(run=run, number=number, title=title, tools=tools)
    launch(run)
    return run


def plan_for(
    *, base: BaseModel, version: DatasetVersion, stages: list[list[str]] | None, gpu: bool, epochs: float = 0
) -> Plan:
    """The plan this base, these rows and this machine call for; the last stage decides how many rows there are."""
    rows = stage_rows(read_rows(version), "train", stage_tools(version, stages[-1] if stages else []))
    return make_plan(
        parameters=base.parameters,
        rows=len(rows),
        gpu=gpu,
        fast_bfloat16=has_fast_bfloat16(),
        modules=base.lora_modules,
        tools=stages,
        epochs=epochs,
    )


def stage_tools(version: DatasetVersion, names: list[str]) -> list[dict[str, Any]]:
    """The declarations of those tools as the version froze them, in the version's order."""
    return [tool for tool in version.tools if tool["function"]["name"] in names]


def code_version() -> str:
    """The commit this code is at, where git is installed and knows it."""
    if shutil.which("git") is None:
        return ""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def work_run(lease: Lease, train: Trainer) -> None:
    """Train every stage with `train`, each on top of the one before, then register the model."""
    run: TrainingRun = lease.row  # type: ignore[assignment]
    plan, rows = Plan(**run.plan), read_rows(run.dataset_version)
    base = base_spec(run.base, quantised=plan.quantised, dtype=plan.dtype)
    stages = list(run.stages.order_by("number"))
    result: TrainingResult | None = None
    for stage in stages:
        declared = stage_tools(run.dataset_version, stage.tools)
        spec = training_spec(
            plan,
            base=base,
            rows=stage_rows(rows, "train", declared),
            held_out=stage_rows(rows, "held_out", declared),
            directory=str(run.directory / f"stage-{stage.number}"),
            adapter=result.adapter if result else "",
        )
        result = work_stage(stage, len(stages), spec, train, lease)
    assert result is not None
    settle(run, result)
    lease.beat(step="Model registered", progress=1.0, results=run.results)


def work_stage(stage: Stage, stages: int, spec: Any, train: Trainer, lease: Lease) -> TrainingResult:
    mark(stage, state=Stage.State.RUNNING, started_at=timezone.now(), ended_at=None)

    def report(event: dict[str, Any]) -> None:
        """One trainer event: where the run stands now, if it is still ours, and a measurement."""
        share = event["step"] / max(event["steps"], 1)
        lease.beat(
            step=f"Stage {stage.number} of {stages}: step {event['step']} of {event['steps']}",
            progress=(stage.number - 1 + share) / stages,
        )
        figures = {name: event[name] for name in FIGURES if name in event}
        if figures:
            Measurement.objects.update_or_create(stage=stage, step=event["step"], defaults=figures)

    try:
        result = train(spec, report)
    except LeaseLost:  # the stage, too, belongs to somebody else now
        raise
    except WorkerStopping:
        mark(stage, state=Stage.State.WAITING)
        raise
    except BaseException:
        mark(stage, state=Stage.State.FAILED, ended_at=timezone.now())
        raise
    mark(
        stage,
        state=Stage.State.PASSED,
        ended_at=timezone.now(),
        steps=result.steps,
        results=summary(result),
    )
    return result


def mark(stage: Stage, **fields: Any) -> None:
    Stage.objects.filter(pk=stage.pk).update(**fields)


def summary(result: TrainingResult) -> dict[str, Any]:
    """A stage's result without its paths, as pages show it."""
    facts = result.as_json()
    return {name: facts[name] for name in facts if name not in {"adapter", "merged", "manifest"}}


def settle(run: TrainingRun, result: TrainingResult) -> None:
    """Move the weights to the model's own folder and register it; safe to do twice."""
    version = register_model(run=run, manifest=result.manifest)
    for source, target in ((result.adapter, version.adapter_path), (result.merged, version.merged_path)):
        move_folder(Path(source), target)
    run.results = summary(result) | {"model": str(version)}


def move_folder(source: Path, target: Path) -> None:
    if source.exists():
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)
