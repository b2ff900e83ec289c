"""What earlier runs on a machine like this one took, so that the next one is foreseen better."""

from __future__ import annotations

import os

from django.db.models import Max

from background.models import JobState
from training.models import BaseModel, Measurement, TrainingRun
from training.planning import Plan, foresight
from training.services.machine import has_gpu, machine_name

LOOKED_AT = 50


def earlier(base: BaseModel) -> list[TrainingRun]:
    """Completed runs of bases of this type on this host with its processor and GPUs, the newest first."""
    runs = TrainingRun.objects.filter(
        state=JobState.COMPLETED, base__model_type=base.model_type, machine=machine_name()
    )
    return list(runs.order_by("-created_at")[:LOOKED_AT])


def memory_ratio(base: BaseModel) -> float:
    """Measured to predicted memory of earlier runs; see `foresight.calibration`."""
    pairs = []
    for run in earlier(base):
        measured = Measurement.objects.filter(stage__run=run).aggregate(most=Max("memory"))["most"]
        if run.predicted and measured:
            pairs.append((run.predicted["memory"]["total"] / run.predicted["calibration"], measured))
    return foresight.calibration(pairs)


def pace_of(base: BaseModel, plan: Plan) -> foresight.Pace:
    """Tokens a second, as earlier runs of this very base and these dtypes read them."""
    alike = [run for run in earlier(base) if run.base_id == base.pk and computes_alike(Plan.from_json(run.plan), plan)]
    paces = []
    for run in alike:
        read = Measurement.objects.filter(stage__run=run).values_list("tokens_per_second", flat=True)
        found = sorted(pace for pace in read if pace is not None)
        paces += found[len(found) // 2 : len(found) // 2 + 1]
    return foresight.pace(paces, parameters=base.parameters, gpu=has_gpu(), cores=os.cpu_count() or 1)


def computes_alike(one: Plan, other: Plan) -> bool:
    choices = ("dtype", "quantised", "autocast", "gradient_checkpointing")
    return all(getattr(one, name) == getattr(other, name) for name in choices)
