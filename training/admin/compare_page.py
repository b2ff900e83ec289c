"""Two runs beside one another: their curves, what was chosen differently, what came of it, and their gates."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from brands.admin.pieces import link, number, plain, state_badge, words
from training.admin.curves import megabytes
from training.admin.dot_plot import measures
from training.admin.gate_view import DotRow, gate_view
from training.admin.loss_plot import Point
from training.admin.overlay_plot import overlay_plot
from training.admin.run_live import measured, tool_names
from training.admin.run_page import duration
from training.models import Evaluation, Stage, TrainingRun

LETTERS = ("A", "B")
Row = tuple[str, str, str]


def compare_address(one: uuid.UUID, other: uuid.UUID) -> str:
    return reverse("admin:training_trainingrun_compare", args=[one, other])


def compare_page(request: HttpRequest, admin: Any, one: Any, other: Any) -> HttpResponse:
    """The page; both runs belong to one team, and the person may see both."""
    runs = (one, other)
    stages = [list(run.stages.select_related("overridden_by")) for run in runs]
    points = [measured(run) for run in runs]
    evaluations = [evaluation_of(run) for run in runs]
    page = {
        "runs": [
            {"letter": letter, "link": link(run), "badge": state_badge(run)}
            for letter, run in zip(LETTERS, runs, strict=True)
        ],
        "swapped": compare_address(other.pk, one.pk),
        "plot": overlay_plot(*points),
        "choices": differing(choices(one), choices(other)),
        "versions": versions_address(one, other),
        "results": both(*(results(own, each) for own, each in zip(stages, points, strict=True))),
        "gates": gate_rows(runs, stages),
        "measures": measures(scores(evaluations)) if all(evaluations) else (),
        "same_rows": all(evaluations) and len({each.dataset_version_id for each in evaluations if each}) == 1,
    }
    context = {
        **admin.admin_site.each_context(request),
        "opts": TrainingRun._meta,
        "title": _("Two runs"),
        "page": page,
    }
    return TemplateResponse(request, "admin/training/run_compare.html", context)


def choices(run: Any) -> dict[str, str]:
    """Everything that was chosen for a run, as text by its label."""
    plan = dict(run.plan) if isinstance(run.plan, Mapping) else {}
    planned = plan.pop("stages", [])
    stages = [tools for tools in planned if isinstance(tools, list)] if isinstance(planned, list) else []
    return {
        _("Base model"): str(run.base),
        _("Dataset version"): f"{run.dataset_version} ({run.dataset_version.sha256[:12]})",
        _("Job of the model"): str(run.get_slot_display()),
        _("Tools in each stage"): " → ".join(str(len(tools)) for tools in stages if tools),
        _("Tools"): ", ".join(dict.fromkeys(str(tool) for tools in stages for tool in tools)),
        **dict(flat(plan)),
        _("Code version"): run.code_version,
        _("Machine"): run.machine,
    }


def flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """A plan as (label, text) pairs; what stands in an object is named after it."""
    for key, item in value.items():
        label = f"{above} · {words(key).lower()}" if above else words(key)
        if isinstance(item, Mapping):
            yield from flat(item, label)
        else:
            yield label, ", ".join(map(plain, item)) if isinstance(item, list) else plain(item)


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[Row]:
    """(label, one's, the other's) for what is not the same in both."""
    return [row for row in both(one, other) if row[1] != row[2]]


def both(one: Mapping[str, str], other: Mapping[str, str]) -> list[Row]:
    return [(label, one.get(label) or "—", other.get(label) or "—") for label in {**one, **other}]


def versions_address(one: Any, other: Any) -> str:
    """Where to read what changed between two versions of one dataset; "" where there is nothing to compare."""
    versions = (one.dataset_version, other.dataset_version)
    if versions[0].pk == versions[1].pk or versions[0].dataset_id != versions[1].dataset_id:
        return ""
    return reverse("admin:training_datasetversion_diff", args=[versions[0].pk, versions[1].pk])


def results(stages: Sequence[Stage], points: Sequence[Point]) -> dict[str, str]:
    """What training came to over all stages, as text by its label."""
    told = [stage.results for stage in stages if isinstance(stage.results, Mapping)]
    seconds = [found for each in told if (found := number(each.get("seconds"))) is not None]
    memory = [found for each in told if (found := number(each.get("peak_memory"))) is not None]
    return {
        _("Steps"): f"{sum(stage.steps for stage in stages):,}",
        _("Time"): duration(sum(seconds)) if seconds else "",
        _("Memory at most"): megabytes(max(memory)) if memory else "",
        _("Training loss at the end"): at_the_end(points, "loss"),
        _("Validation loss at the end"): at_the_end(points, "validation_loss"),
    }


def at_the_end(points: Sequence[Point], name: str) -> str:
    values = [found for point in points if (found := number(getattr(point, name))) is not None]
    return f"{values[-1]:.4g}" if values else ""


def gate_rows(runs: Sequence[Any], stages: Sequence[Sequence[Stage]]) -> list[dict[str, Any]]:
    """Stages that know the same tools beside one another; those without a gate are left out."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for letter, run, own in zip(LETTERS, runs, stages, strict=True):
        for stage in own:
            if gate := gate_view(run, stage):
                row = found.setdefault(tuple(sorted(tool_names(stage))), {"title": stage.title, "gates": []})
                row["gates"].append({"letter": letter, "number": stage.number, "gate": gate})
    return [row | {"measures": measure_rows(row["gates"])} for row in found.values()]


def measure_rows(gates: Sequence[dict[str, Any]]) -> list[DotRow]:
    """Measure by measure what the gates of both runs found; none where there is only one."""
    looks = dict(zip(LETTERS, ("last", "other"), strict=True))
    rows = [
        replace(row, letter=each["letter"], look=looks[each["letter"]])
        for each in gates
        for row in each["gate"].measures
    ]
    order = list(dict.fromkeys(row.dot.arm for row in rows))
    return sorted(rows, key=lambda row: order.index(row.dot.arm)) if len(gates) > 1 else []


def evaluation_of(run: Any) -> Evaluation | None:
    """The newest finished evaluation of the model it made."""
    rows = Evaluation.objects.filter(model_version__run=run, state="completed")
    return rows.order_by("-created_at").first()


def scores(evaluations: Sequence[Evaluation | None]) -> dict[str, Any]:
    """The tuned arm of each as an arm named by its letter."""
    told = [each.scores if each and isinstance(each.scores, Mapping) else {} for each in evaluations]
    return {letter: each.get("tuned", {}) for letter, each in zip(LETTERS, told, strict=True)}
