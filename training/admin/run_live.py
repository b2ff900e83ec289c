"""Everything on a run's page that changes while it lasts: its stages, curves, health, answers and log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from brands.admin.pieces import Fact, badge, facts, number, state_badge
from training.admin.curves import curves, megabytes, table
from training.admin.gate_view import GateView, gate_view
from training.admin.loss_plot import Point, loss_plot
from training.admin.run_answers import answers
from training.admin.run_mark import look
from training.admin.run_page import duration, notes, percent, sentence, steps_done
from training.health import Verdict, health
from training.models import Measurement, Stage, TrainingRun
from training.services.log_tail import log_tail

RESULTS = {
    "seconds": _l("Time"),
    "peak_memory": _l("Memory at most"),
    "trainable": _l("Weights trained"),
    "parameters": _l("Weights in all"),
    "resumed_from": _l("Resumed after step"),
    "best_step": _l("Weights of step"),
}
SAID_WHERE_SO = {"resumed_from", "best_step", "stopped_early", "retries"}
TONES = {"warning": ("warning", "caution"), "note": ("info", "quiet"), "good": ("check_circle", "positive")}
WORDS = {"warning": _l("warning"), "note": _l("note"), "good": _l("healthy")}


@dataclass(frozen=True)
class StageView:
    number: int
    title: str
    state: str
    tools: tuple[str, ...]
    detail: str
    results: tuple[Fact, ...]
    gate: GateView | None


@dataclass(frozen=True)
class HealthLine:
    """A verdict with its word and shape; `stage` is named where there are several."""

    number: int
    stage: str
    word: str
    shape: str
    tone: str
    verdict: Verdict


def live_page(run: Any) -> dict[str, Any]:
    """The live part of the page of a run as `run_mark.watched` returns it: what is read later than it is newer than
    its mark, never older."""
    now = timezone.now()
    stages = list(run.stages.select_related("overridden_by"))
    points = measured(run)
    page = {
        "run": run,
        "mark": look(run, now).mark,
        "badge": state_badge(run),
        "sentence": sentence(run, stages, points, now),
        "notes": notes(run, now),
        "percent": percent(run),
        "plot": loss_plot(points),
        "curves": curves(points, predicted_memory(run)),
        "table": table(points),
        "health": health_lines(run, stages, points),
        "answers": answers(run),
        "stages": [
            stage_view(run, stage, points, before) for before, stage in zip([None, *stages], stages, strict=False)
        ],
        "log": log_of(run, stages),
        "results": result_facts(run.results),
        "is_over": run.is_over,
        "can_cancel": not run.is_over and not run.cancel_requested,
    }
    return {**page, "spoken": f"{run.get_state_display()}. {page['notes']}"}


def measured(run: TrainingRun) -> list[Point]:
    rows = Measurement.objects.filter(stage__run=run).order_by("stage__number", "step")
    names = ("loss", "validation_loss", "learning_rate", "gradient_norm", "tokens_per_second", "memory")
    return [Point(*row) for row in rows.values_list("stage__number", "step", *names)]


def predicted_memory(run: TrainingRun) -> float | None:
    """Bytes, where the plan predicted them."""
    memory = run.predicted.get("memory") if isinstance(run.predicted, Mapping) else None
    return number(memory.get("total")) if isinstance(memory, Mapping) else None


def health_lines(run: TrainingRun, stages: Sequence[Stage], points: Sequence[Point]) -> list[HealthLine]:
    """The verdicts on the newest stage that has any, and the warnings about earlier ones."""
    lines: list[HealthLine] = []
    for stage in reversed(stages):
        over = run.is_over or stage.state in {Stage.State.PASSED, Stage.State.FAILED}
        for verdict in health([point for point in points if point.stage == stage.number], over=over):
            if lines and verdict.tone != "warning" and lines[-1].number != stage.number:
                continue
            shape, tone = TONES[verdict.tone]
            name = _("Stage %(number)s") % {"number": stage.number} if len(stages) > 1 else ""
            lines.append(HealthLine(stage.number, name, str(WORDS[verdict.tone]), shape, tone, verdict))
    return lines


def log_of(run: TrainingRun, stages: Sequence[Stage]) -> list[str]:
    """The end of the log of the latest stage that has one."""
    for stage in reversed(stages):
        stage.run = run
        if stage.started_at and (lines := log_tail(stage)):
            return lines
    return []


def stage_view(run: TrainingRun, stage: Stage, points: list[Point], before: Stage | None) -> StageView:
    parts = []
    if stage.state == Stage.State.RUNNING:
        parts.append(steps_done(run, stage, points))
    elif stage.steps:
        parts.append(ngettext("%(count)s step", "%(count)s steps", stage.steps) % {"count": stage.steps})
    if stage.started_at and stage.ended_at:
        parts.append(duration((stage.ended_at - stage.started_at).total_seconds()))
    return StageView(
        number=stage.number,
        title=str(stage),
        state=badge(stage.state, stage.get_state_display()),
        tools=tool_names(stage),
        detail=", ".join(part for part in parts if part),
        results=result_facts(stage.results),
        gate=gate_view(run, stage, tool_names(before)),
    )


def tool_names(stage: Stage | None) -> tuple[str, ...]:
    return tuple(map(str, stage.tools)) if stage and isinstance(stage.tools, list) else ()


def result_facts(results: Any) -> tuple[Fact, ...]:
    """A trainer's figures as people read them: in words, bytes as megabytes, seconds as a length of time."""
    if not isinstance(results, dict):
        return ()
    known = {name: value for name, value in results.items() if value or name not in SAID_WHERE_SO}
    return facts({str(RESULTS.get(name, name)): with_unit(name, value) for name, value in known.items()})


def with_unit(name: str, value: Any) -> Any:
    amount = number(value)
    if amount is None:
        return value
    if name == "seconds":
        return duration(amount)
    if name == "peak_memory":
        return megabytes(amount)
    return f"{value:,}" if isinstance(value, int) else value
