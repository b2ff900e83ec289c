"""Gates at work: measuring a stage on held-out rows, and letting one pass that did not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from background.lease import Lease
from background.models import JobState
from background.queue import launch
from training.errors import GateShut, OverrideRefused
from training.gates import forgetting, gate_report
from training.models import Stage, TrainingRun
from training.planning import Plan
from training.scorecards import judge, question
from training.services.preflight import opens_gates
from training.services.stages import mark
from training.specs import Answerer, AnswerSpec, ArmSpec

Rows = tuple[dict[str, Any], ...]


def pass_gate(stage: Stage, lease: Lease, measure: Callable[[], dict[str, Any]]) -> None:
    """Let the run go on behind this stage, or stop it; `measure` is asked once, whatever happens to the worker.

    Raises GateShut with what keeps the gate shut. A run that was launched with a reason to go on passes, and the stage
    keeps the reason.
    """
    if stage.state == Stage.State.PASSED:
        return
    run: TrainingRun = lease.row  # type: ignore[assignment]
    if not stage.gate:
        mark(stage, gate=measure())
    shut = not stage.gate.get("passed", True)
    if shut and not opens_gates(run):
        mark(stage, state=Stage.State.FAILED, ended_at=timezone.now())
        raise GateShut(f"Stage {stage.number} did not pass its gate. {' '.join(stage.gate['reasons'])}")
    why = {"override_reason": run.override_reason, "overridden_by": run.overridden_by} if shut else {}
    mark(stage, state=Stage.State.PASSED, ended_at=timezone.now(), **why)


def measured(
    stage: Stage, *, plan: Plan, earlier: list[str], rows: Rows, arm: ArmSpec, answer: Answerer, lease: Lease
) -> dict[str, Any]:
    """The stage's gate report on its held-out `rows`; empty where the plan has no gates or there is nothing to ask."""
    if not plan.gates or not rows:
        return {}

    def report(event: dict[str, Any]) -> None:
        lease.beat(step=f"Gate of stage {stage.number}: {event['done']} of {event['rows']} held-out requests")

    answers = answer(AnswerSpec(arms=(arm,), rows=tuple(question(row) for row in rows)), report)[arm.name]
    verdicts = [judge(row, text) for row, text in zip(rows, answers, strict=True)]
    needed = plan.gates[min(stage.number, len(plan.gates)) - 1]
    return gate_report(rows, verdicts, needed=needed, floor=plan.floor, earlier=earlier)


@transaction.atomic
def let_pass(*, stage: Stage, user: Any, reason: str) -> TrainingRun:
    """Record why a stage may go on though its gate is shut, and queue its run again.

    Raises OverrideRefused without a reason, or for a stage that no gate holds back.
    """
    run: TrainingRun = TrainingRun.objects.select_for_update().get(pk=stage.run_id)
    stage = Stage.objects.select_for_update().get(pk=stage.pk)
    if not reason.strip():
        raise OverrideRefused("Say why the stage may pass: the reason is kept with the run.")
    if run.state != JobState.FAILED or stage.state != Stage.State.FAILED or stage.gate.get("passed", True):
        raise OverrideRefused(f"Stage {stage.number} of '{run}' is not held back by its gate.")
    mark(stage, state=Stage.State.PASSED, override_reason=reason.strip(), overridden_by=user)
    launch(run)
    return run


def run_facts(run: TrainingRun) -> dict[str, Any]:
    """A run and its gates as commands and programs read them; {"run", "state", "stages", "forgetting", "control"…}."""
    stages = list(run.stages.order_by("number"))
    control = TrainingRun.objects.filter(control_of=run).first()
    return {
        "run": str(run.pk),
        "state": run.state,
        "reason": run.reason,
        "stages": [stage_facts(stage) for stage in stages],
        "forgetting": forgetting([stage.gate for stage in stages]),
        "control": stage_facts(control.stages.get()) if control else None,
        "results": run.results,
    }


def stage_facts(stage: Stage) -> dict[str, Any]:
    """A stage; `strict`, `n` and what stands beside them only where it was measured."""
    facts = {"number": stage.number, "tools": stage.tools, "state": stage.state, "steps": stage.steps}
    facts["seconds"] = stage.results.get("seconds")
    if not stage.gate:
        return facts
    gate = stage.gate
    return facts | {
        "strict": gate["strict"]["value"],
        "interval": [gate["strict"]["low"], gate["strict"]["high"]],
        "n": gate["strict"]["n"],
        "strict_unseen_wording": gate.get("strict_unseen_wording", {}).get("value"),
        "n_unseen_wording": gate.get("strict_unseen_wording", {}).get("n"),
        "needed": gate["needed"],
        "passed": gate["passed"],
        "override": stage.override_reason,
        "by_tool": {name: figure["value"] for name, figure in gate["tools"].items()},
        "confusions": gate["confusions"],
        "advice": gate["advice"],
    }
