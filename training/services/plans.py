"""Foreseeing a run: its steps, tokens, memory and time, from its plan, its rows and what earlier runs took."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from background.errors import ProblemError
from background.gpus import gpus
from background.lease import Lease
from background.memory import gpu_memory, machine_memory
from training.errors import BaseUnavailable, ImpossiblePlan, RowTooLong
from training.models import BaseModel, DatasetVersion, TrainingRun
from training.planning import Plan, foresight, stage_rows, training_spec
from training.planning.batch_shape import counted
from training.planning.checks import Base, check_examples, check_plan
from training.preflight.disk import needed
from training.services.bases import base_spec, usable_base
from training.services.datasets import read_rows
from training.services.dry_run import Ask, ask_dry_run
from training.services.earlier_runs import memory_ratio, pace_of
from training.services.machine import has_gpu, machine_name
from training.services.stages import stage_tools
from training.specs import BaseSpec, TrainingSpec

RESERVE = 600_000_000  # bytes of a GPU that the driver and its libraries take beside the tensors
SPARE = 0.95  # of what is free, because allocators leave gaps


def refuse_impossible(*, plan: Plan, base: BaseModel, version: DatasetVersion) -> None:
    """Raises ImpossiblePlan or NothingToTrainOn for a plan that cannot be followed, before anything is computed."""
    names = [tool["function"]["name"] for tool in version.tools]
    about = Base(base.name, base.architecture, base.parameters, base.dtypes)
    check_plan(plan, about, gpu=has_gpu(), tools=names)
    check_examples([row for row in read_rows(version) if row["split"] == "train"], plan.stages)


def base_or_offer(base: BaseModel, *, fallback: bool) -> tuple[BaseModel, str]:
    """The base to train, and a sentence when it is another than was asked for; see `usable_base`.

    Raises BaseUnavailable, which names the declared fallback where there is one that was not asked for.
    """
    try:
        return usable_base(base, fallback=fallback)
    except BaseUnavailable as problem:
        if fallback or base.fallback is None:
            raise
        raise type(problem)(f"{problem} Its fallback is {base.fallback.name}: --fallback trains that one.") from problem


def foresee(
    *, version: DatasetVersion, base: BaseModel, plan: Plan, keep_longest: bool = False, ask: Ask | None = None
) -> dict[str, Any]:
    """{"plan", "predicted", "machine", "steps", "tokens", "fits", "changes"}: what the run will do, and take.

    Steps and tokens are per stage. The plan gets room for the longest row, unless `keep_longest` says to leave it.
    Raises what `refuse_impossible` does, RowTooLong for a row that base or plan has no room for, ImpossiblePlan for a
    disk without room, and DryRunUnavailable where training's packages are not installed.
    """
    refuse_impossible(plan=plan, base=base, version=version)
    specs = stage_specs(version, plan, base_spec(base, quantised=plan.quantised, dtype=plan.dtype))
    room, ratio = free_memory(), memory_ratio(base)
    answer = (ask or ask_dry_run)(question(specs, ratio=ratio, limit=room))
    for number, stage in enumerate(answer["tokens"], 1):
        refuse_longer(stage["longest"], number, answer["positions"], base.name)
        if keep_longest:
            refuse_longer(stage["longest"], number, plan.longest, "the plan")
    if not keep_longest:
        longest = max(stage["longest"] for stage in answer["tokens"])
        plan = foresight.with_room(plan, longest, answer["positions"])
    refuse_full_disk(plan, base, answer["memory"])
    predicted = prediction(plan, base, specs, answer, ratio)
    total = predicted["memory"]["total"]
    return {
        "plan": plan.as_json(),
        "predicted": predicted,
        "machine": {"name": machine_name(), "device": answer["device"], "free_memory": room},
        "steps": [foresight.steps(plan, len(spec.rows)) for spec in specs],
        "tokens": [stage | {"rows": len(spec.rows)} for stage, spec in zip(answer["tokens"], specs, strict=True)],
        "fits": not room or total <= room,
        "changes": foresight.changes([*answer["variants"], *smaller_bases(base, plan, total, room)], total, room),
    }


def keep_prediction(lease: Lease, ask: Ask | None) -> None:
    """Write what a run will take on its row, before it starts; a run whose memory cannot be foreseen starts as well."""
    run: TrainingRun = lease.row  # type: ignore[assignment]
    if ask is None or run.predicted:
        return
    beat = partial(lease.beat, step="Foreseeing memory and time")
    beat()
    plan = Plan.from_json(run.plan)
    spec = base_spec(run.base, quantised=plan.quantised, dtype=plan.dtype)
    specs, ratio = stage_specs(run.dataset_version, plan, spec), memory_ratio(run.base)
    try:
        answer = ask(question(specs, ratio=ratio, limit=0), beat)
    except ProblemError:  # the checks that come next say what is wrong, with evidence
        return
    lease.beat(step="Memory and time foreseen", predicted=prediction(plan, run.base, specs, answer, ratio))


def stage_specs(version: DatasetVersion, plan: Plan, base: BaseSpec) -> list[TrainingSpec]:
    """What each stage of the plan would follow. Raises NothingToTrainOn or ImpossiblePlan."""
    rows = read_rows(version)
    specs = []
    for tools in plan.stages:
        declared = stage_tools(version, tools)
        held_out = stage_rows(rows, "held_out", declared)
        taught = stage_rows(rows, "train", declared)
        specs.append(training_spec(plan, base=base, rows=taught, held_out=held_out, directory=""))
    return specs


def question(specs: list[TrainingSpec], *, ratio: float, limit: int) -> dict[str, Any]:
    """What `training.ml.dry_run` is asked about these stages."""
    spec = specs[0].as_json() | {"rows": (), "validation": ()}
    return {"spec": spec, "stages": [counted(each.rows) for each in specs], "ratio": ratio, "limit": limit}


def prediction(
    plan: Plan, base: BaseModel, specs: list[TrainingSpec], answer: dict[str, Any], ratio: float
) -> dict[str, Any]:
    """What a run keeps of the answer: {"memory", "calibration", "seconds", "tokens_per_second", "paced_by"}."""
    tokens = [
        foresight.tokens_read(plan, len(spec.rows), stage["mean"])
        for spec, stage in zip(specs, answer["tokens"], strict=True)
    ]
    each = pace_of(base, plan)
    return {
        "memory": answer["memory"],
        "calibration": round(ratio, 3),
        "seconds": foresight.seconds(tokens, each),
        "tokens_per_second": round(each.tokens_per_second, 1),
        "paced_by": each.runs,
    }


def free_memory() -> int:
    """Bytes a run may take here: the freest GPU's where there is one, else main memory; 0 where nobody knows."""
    devices = gpus()
    if devices:
        free = max(total - used for total, used in map(gpu_memory, devices))
        return max(0, int(free * SPARE) - RESERVE)
    total, used = machine_memory()
    return int((total - used) * SPARE)


def smaller_bases(base: BaseModel, plan: Plan, total: int, room: int) -> list[dict[str, Any]]:
    """The next smaller base of the same architecture, when the run does not fit; what it takes is a rough share."""
    if not room or total <= room:
        return []
    smaller = BaseModel.objects.filter(architecture=base.architecture, parameters__lt=base.parameters, parameters__gt=0)
    found = smaller.order_by("-parameters").first()
    if found is None:
        return []
    less = int(total * found.parameters / base.parameters)
    return [{"change": f"Choose a smaller base, such as {found.name} (a rough figure)", "total": less}]


def refuse_longer(longest: int, stage: int, room: int, reader: str) -> None:
    if room and longest > room:
        raise RowTooLong(
            f"The longest row of stage {stage} has {longest:,} tokens, and {reader} reads {room:,} at most: shorten or "
            "split such rows, or choose what reads more."
        )


def refuse_full_disk(plan: Plan, base: BaseModel, memory: dict[str, int]) -> None:
    parts = needed(
        trainable=memory["adapter"] // 4,
        parameters=base.parameters,
        dtype=plan.dtype,
        optimizer=plan.optimizer,
        stages=len(plan.stages),
    )
    folder = Path(settings.VAR_DIR)
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if sum(parts.values()) > free:
        raise ImpossiblePlan(
            f"The run writes {foresight.size(sum(parts.values()))} (three checkpoints, adapters, merged weights) and "
            f"the disk has {foresight.size(free)} left: make room, or point AIDIRECTOR_VAR to a larger one."
        )
