"""The plan for what a person asked for: what the base calls for, a preset's figures, then single values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from training.gates import gates_for, shares
from training.models import BaseModel, DatasetVersion
from training.planning import Plan, curriculum
from training.planning.checks import edited
from training.planning.presets import find_preset, with_preset
from training.services.machine import has_gpu
from training.services.runs import plan_for


def planned(
    *,
    version: DatasetVersion,
    base: BaseModel,
    sizes: str = "",
    gates: str = "",
    usual_gates: Sequence[float] = (),
    preset: str = "",
    epochs: float = 0,
    control: bool = True,
    changes: Mapping[str, str] | None = None,
) -> Plan:
    """`sizes` and `gates` as they are typed ("2,4,8", "0.98,0.95"); `changes` are values of the plan, typed too.

    Stages end at `gates`, at the preset's, at the `usual_gates`, or at the usual share. Raises ImpossiblePlan.
    """
    known = find_preset(preset) if preset else None
    sizes = sizes or (known.curriculum if known else "")
    stages = curriculum([tool["function"]["name"] for tool in version.tools], sizes)
    plan = plan_for(base=base, stages=stages, gpu=has_gpu(), epochs=epochs)
    if known:
        plan = with_preset(plan, known, gpu=has_gpu(), dtypes=base.dtypes)
        plan = replace(plan, epochs=epochs or plan.epochs)
    asked = shares(gates) or list(known.gates if known else ())
    if sizes or asked:
        shut = gates_for(len(plan.stages), asked or usual_gates)
        plan = replace(plan, gates=shut, control=control and len(plan.stages) > 1)
    return edited(plan, changes or {})
