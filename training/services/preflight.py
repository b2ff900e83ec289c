"""Preflight at work: the checks before a run takes the GPU, and letting one start in spite of warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from background.lease import Lease
from background.models import JobState
from background.queue import launch
from training.errors import OverrideRefused, PreflightFailed, PreflightWarned
from training.models import DatasetVersion, TrainingRun
from training.planning import Plan, stage_rows, training_spec
from training.preflight import FAILED, WARNING, PreflightSpec, gravest, overall
from training.preflight.examples import tool_examples
from training.preflight.spec import Examiner
from training.preflight.verdicts import counted, sentence
from training.services.datasets import read_rows
from training.services.stages import stage_tools
from training.specs import BaseSpec

LET_PASS = "let_pass"  # of a warning: a person gave a reason to start in spite of it


def preflight_spec(*, version: DatasetVersion, plan: Plan, base: BaseSpec, directory: str) -> PreflightSpec:
    """What is examined of a run: its stage with the most tools, which holds the rows of the others.

    Raises NothingToTrainOn or ImpossiblePlan.
    """
    rows = read_rows(version)
    trained = {
        number: stage_rows(rows, "train", stage_tools(version, names)) for number, names in enumerate(plan.stages)
    }
    widest = max(trained, key=lambda number: (len(plan.stages[number]), number))
    held_out = stage_rows(rows, "held_out", stage_tools(version, plan.stages[widest]))
    return PreflightSpec(
        training=training_spec(plan, base=base, rows=trained[widest], held_out=held_out, directory=directory),
        rows=trained[widest],
        held_out=held_out,
        examples=tuple(tool_examples(trained[number], names) for number, names in enumerate(plan.stages)),
    )


def work_preflight(lease: Lease, examine: Examiner, asked: Callable[[], PreflightSpec]) -> None:
    """Examine the run once, keep the verdicts on it, and let it go on or stop it.

    Raises PreflightFailed for a failed check, and PreflightWarned for warnings that nobody gave a reason to pass.
    """
    run: TrainingRun = lease.row  # type: ignore[assignment]
    if not is_examined(run):
        lease.beat(step="Preflight")
        found = examine(asked(), lambda text: lease.beat(step=f"Preflight: {text}"))
        lease.beat(step="Preflight done", preflight=found)
    decide(run)


def is_examined(run: TrainingRun) -> bool:
    """Whether an earlier attempt found nothing that could have changed since; what failed is looked at again."""
    return bool(run.preflight) and overall(run.preflight) != FAILED


def decide(run: TrainingRun) -> None:
    word, found = overall(run.preflight), gravest(run.preflight)
    if word == FAILED:
        more = f" ({counted(len(found) - 1, 'other check')} failed as well.)" if len(found) > 1 else ""
        raise PreflightFailed(f"Preflight failed. {sentence(found[0])}{more}")
    if word == WARNING and not run.override_reason:
        raise PreflightWarned(
            f"Preflight has {counted(len(found), 'warning')}. {sentence(found[0])} To go on as it is, give a reason: "
            'with "Start all the same" on the run\'s page, or `manage.py train … --override "…"`.'
        )


@transaction.atomic
def let_start(*, run: TrainingRun, user: Any, reason: str) -> TrainingRun:
    """Record why a run may start in spite of its warnings, and queue it again. It opens no gate.

    Raises OverrideRefused without a reason, for a failed check, and for a run that no warning holds back.
    """
    run = TrainingRun.objects.select_for_update().get(pk=run.pk)
    if not reason.strip():
        raise OverrideRefused("Say why the run may start: the reason is kept with it.")
    if overall(run.preflight) == FAILED:
        raise OverrideRefused("A failed check cannot be let pass: mend what it found, then launch a new run.")
    if not is_held_back(run):
        raise OverrideRefused(f"'{run}' is not held back by a warning.")
    run.preflight = [check | {LET_PASS: True} if check["verdict"] == WARNING else check for check in run.preflight]
    run.override_reason, run.overridden_by = reason.strip(), user
    run.save(update_fields=["preflight", "override_reason", "overridden_by"])
    launch(run)
    return run


def is_held_back(run: TrainingRun) -> bool:
    """Whether warnings, and nothing else, keep the run from starting."""
    return run.state == JobState.FAILED and overall(run.preflight) == WARNING and not run.override_reason


def was_let_pass(run: TrainingRun) -> bool:
    """Whether a person let the run start in spite of the warnings of its preflight, once they were there."""
    return any(check.get(LET_PASS) for check in run.preflight)


def opens_gates(run: TrainingRun) -> bool:
    """Whether the run was launched with a reason to go on behind shut gates; one to start with warnings opens none."""
    return bool(run.override_reason) and not was_let_pass(run)
