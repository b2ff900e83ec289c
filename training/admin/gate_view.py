"""Gates on a run's page: what each stage had learned, what keeps a gate shut, and what was forgotten since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from background.models import JobState
from brands.admin.pieces import badge, number, percent
from training.admin.dot_plot import Dot, dot, place
from training.admin.forgetting_plot import ForgettingPlot, forgetting_plot
from training.admin.measure_names import measure_name
from training.confusions import ANOTHER, LEFT_OUT, NOTHING, TOO_MUCH
from training.gates import BESIDE, FEWEST, forgetting
from training.models import Stage, TrainingRun

MADE = {
    NOTHING: _l("no call"),
    ANOTHER: _l("another value"),
    LEFT_OUT: _l("left out"),
    TOO_MUCH: _l("nobody asked for it"),
}
MOST_EXAMPLE = 300
FIGURE = {"value", "n", "low", "high"}


@dataclass(frozen=True)
class DotRow:
    """A figure as a dot; `needed` is where a line stands beside it, from 0 to 100, `look` how it stands out."""

    dot: Dot
    look: str = ""
    needed: str = ""
    letter: str = ""


@dataclass(frozen=True)
class ToolRow:
    """A tool's strict accuracy: a bar from 0 to 100, and whether too few requests stand behind it."""

    name: str
    width: str
    value: str
    interval: str
    n: str
    is_low: bool
    is_thin: bool


@dataclass(frozen=True)
class ConfusionRow:
    wanted: str
    argument: str
    made: str
    is_tool: bool
    often: str
    example: str


@dataclass(frozen=True)
class GateView:
    """A gate; `measures` holds the judged figure, then those beside it."""

    badge: str
    sentence: str
    measures: tuple[DotRow, ...]
    tools: tuple[ToolRow, ...]
    floor: str
    is_open: bool
    is_shut: bool
    reasons: tuple[str, ...]
    advice: tuple[str, ...]
    confusions: tuple[ConfusionRow, ...]
    let_by: str
    let_reason: str
    waits: bool


def gate_view(run: TrainingRun, stage: Stage, earlier: Sequence[str] = ()) -> GateView | None:
    """None for a stage that was not measured at a gate; `earlier` are the tools of the stage before."""
    gate = stage.gate if isinstance(stage.gate, Mapping) else {}
    if not is_figure(gate.get("strict")):
        return None
    passed, needed, floor = bool(gate.get("passed")), number(gate.get("needed")) or 0.0, number(gate.get("floor"))
    return GateView(
        badge=gate_badge(passed, stage.override_reason),
        sentence=gate_sentence(gate["strict"], needed),
        measures=measures(gate, needed),
        tools=tool_rows(gate.get("tools"), floor or 0.0, earlier),
        floor=percent(floor) if floor and earlier else "",
        is_open=passed,
        is_shut=not passed,
        reasons=texts(gate.get("reasons")),
        advice=texts(gate.get("advice")),
        confusions=confusion_rows(gate.get("confusions")),
        let_by=str(stage.overridden_by or ""),
        let_reason=stage.override_reason,
        waits=held_back(run, stage),
    )


def held_back(run: TrainingRun, stage: Stage) -> bool:
    """Whether a person may let this stage pass: its gate alone stopped the run."""
    failed = run.state == JobState.FAILED and stage.state == Stage.State.FAILED
    return failed and isinstance(stage.gate, Mapping) and not stage.gate.get("passed", True)


def gate_badge(passed: bool, let_pass: str) -> str:
    if passed:
        return badge("passed", _("gate open"))
    return badge("cancelled", _("let pass")) if let_pass else badge("failed", _("gate shut"))


def gate_sentence(judged: Mapping[str, Any], needed: float) -> str:
    texts = {"value": percent(judged["value"]), "n": int(judged["n"]), "needed": percent(needed)}
    if not needed:
        return _("%(value)s of %(n)s held-out requests were right.") % texts
    return _("%(value)s of %(n)s held-out requests were right; %(needed)s are needed.") % texts


def measures(gate: Mapping[str, Any], needed: float) -> tuple[DotRow, ...]:
    """The judged figure first, with the line of what is needed, then what was measured beside it."""
    judged = str(gate.get("measure") or "strict")
    first = DotRow(dot(measure_name(judged), gate["strict"], 1.0), "last", place(needed, 1.0) if needed else "")
    beside = [name for name in BESIDE if name != judged and is_figure(gate.get(name))]
    return (first, *(DotRow(dot(measure_name(name), gate[name], 1.0)) for name in beside))


def is_figure(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) >= FIGURE and all(number(value[key]) is not None for key in FIGURE)


def figures(tools: Any) -> dict[str, Mapping[str, Any]]:
    """The figures of a gate by tool, whatever else stands there left out."""
    pairs = tools.items() if isinstance(tools, Mapping) else ()
    return {str(name): figure for name, figure in pairs if is_figure(figure)}


def tool_rows(tools: Any, floor: float, earlier: Sequence[str]) -> tuple[ToolRow, ...]:
    """The weakest first."""
    weakest_first = sorted(figures(tools).items(), key=lambda row: row[1]["value"])
    return tuple(tool_row(name, figure, floor if name in earlier else 0.0) for name, figure in weakest_first)


def tool_row(name: str, figure: Mapping[str, Any], floor: float) -> ToolRow:
    thin = figure["n"] < FEWEST
    return ToolRow(
        name=name,
        width=f"{100 * min(max(figure['value'], 0), 1):.1f}",
        value=percent(figure["value"]),
        interval=f"{percent(figure['low'])} – {percent(figure['high'])}",
        n=str(int(figure["n"])),
        is_low=figure["value"] < floor and not thin,
        is_thin=thin,
    )


def confusion_rows(confusions: Any) -> tuple[ConfusionRow, ...]:
    found = confusions if isinstance(confusions, list) else []
    return tuple(confusion_row(each) for each in found if isinstance(each, Mapping))


def confusion_row(confusion: Mapping[str, Any]) -> ConfusionRow:
    wanted, _dot, argument = str(confusion.get("wanted", "")).partition(".")
    made, example = str(confusion.get("made", "")), str(confusion.get("example", ""))
    often = {"count": confusion.get("count"), "of": confusion.get("of")}
    return ConfusionRow(
        wanted=wanted,
        argument=argument,
        made=str(MADE.get(made, made)),
        is_tool=made not in MADE,
        often=_("%(count)s of %(of)s") % often if often["of"] else str(often["count"]),
        example=example if len(example) <= MOST_EXAMPLE else f"{example[:MOST_EXAMPLE]} …",
    )


def texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def forgetting_view(run: TrainingRun, stages: Sequence[Stage]) -> ForgettingPlot | None:
    """What became of each tool over the stages."""
    gates = [stage.gate if isinstance(stage.gate, Mapping) else {} for stage in stages]
    floor = number(run.plan.get("floor")) if isinstance(run.plan, Mapping) else None
    return forgetting_plot(forgetting([{"tools": figures(gate.get("tools"))} for gate in gates]), floor or 0.0)
