"""Planning a run on a frozen version's page: choose, see what it will do and take, then launch it.

The plan is there at once. Memory and time come a few seconds later, fetched by the page, because a program without
Django counts them; they are kept for a while, so that looking again costs nothing.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from background.errors import ProblemError, QueueUnavailable
from brands.admin.pieces import address, link
from brands.models import Role
from training.admin.foreseen import foreseen_page
from training.admin.plan_form import PlanForm
from training.errors import BaseUnavailable, DryRunUnavailable
from training.models import BaseModel, DatasetVersion, TrainingRun
from training.planning import Plan
from training.planning.as_text import shown
from training.planning.presets import PRESETS
from training.services.bases import usable_base
from training.services.planned import planned
from training.services.plans import foresee, refuse_impossible
from training.services.runs import launch_run

REMEMBERED_SECONDS = 600
Given = tuple[BaseModel, Plan]


def plan_page(request: HttpRequest, admin: Any, version: DatasetVersion) -> HttpResponse:
    """GET asks, and shows the plan that comes of the answer; POST launches it."""
    may_plan(request, admin, version)
    given = request.POST if request.method == "POST" else request.GET
    form = PlanForm(given if "base" in given else None, version)
    plan, offer = None, None
    if form.is_valid():
        try:
            base, plan = asked(form, version)
            form.show_planned(planned_alone(form, version))
            if request.method == "POST":
                return launched(request, version, form, base, plan)
        except ProblemError as problem:
            form.add_error(None, str(problem))
            offer = form.cleaned_data["base"].fallback if isinstance(problem, BaseUnavailable) else None
            plan = None
    context = {
        **admin.admin_site.each_context(request),
        "opts": DatasetVersion._meta,
        "title": _("Plan a run"),
        "form": form,
        "version": version,
        "version_link": link(version),
        "offer": offer and {"base": offer, "query": with_base(given, offer)},
        "plan": plan and stages_page(plan),
        "foreseen_address": reverse("admin:training_datasetversion_foreseen", args=[version.pk]),
        "query": given.urlencode(),
        "presets": preset_table(),
    }
    return TemplateResponse(request, "admin/training/plan.html", context)


def foreseen_view(request: HttpRequest, admin: Any, version: DatasetVersion) -> HttpResponse:
    """What the plan will take, as a fragment of the page, with the button that launches it."""
    may_plan(request, admin, version)
    form = PlanForm(request.GET, version)
    if not form.is_valid():
        raise Http404
    context: dict[str, Any] = {"form": form, "version": version}
    try:
        base, plan = asked(form, version)
        seen = remembered(version, base, plan, keep_longest="longest" in form.changes())
        context |= {"seen": foreseen_page(seen), "given": hidden(request.GET, seen["plan"]["longest"])}
    except DryRunUnavailable as problem:
        context |= {"problem": str(problem), "given": hidden(request.GET, None)}
    except ProblemError as problem:
        context["problem"] = str(problem)
    return HttpResponse(render_to_string("admin/training/plan_foreseen.html", context, request))


def may_plan(request: HttpRequest, admin: Any, version: DatasetVersion) -> None:
    if not admin.reaches(request, Role.CURATOR, version):
        raise Http404


def asked(form: PlanForm, version: DatasetVersion) -> Given:
    """The base and the plan that the form asks for. Raises what makes either impossible."""
    base, _said = usable_base(form.cleaned_data["base"], fallback=False)
    plan = planned(version=version, base=base, changes=form.changes(), **choices(form))
    refuse_impossible(plan=plan, base=base, version=version)
    return base, plan


def planned_alone(form: PlanForm, version: DatasetVersion) -> Plan:
    """The plan without the values a person typed."""
    return planned(version=version, base=form.cleaned_data["base"], **choices(form))


def choices(form: PlanForm) -> dict[str, Any]:
    return {"sizes": form.cleaned_data["curriculum"], "preset": form.cleaned_data["preset"]}


def remembered(version: DatasetVersion, base: BaseModel, plan: Plan, *, keep_longest: bool) -> dict[str, Any]:
    facts = [version.sha256, base.slug, base.revision, plan.as_json(), keep_longest]
    key = "plan-" + hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = foresee(version=version, base=base, plan=plan, keep_longest=keep_longest)
        cache.set(key, found, REMEMBERED_SECONDS)
    return found


def launched(
    request: HttpRequest, version: DatasetVersion, form: PlanForm, base: BaseModel, plan: Plan
) -> HttpResponse:
    """To the run's page, also where the queue is away: the run waits until it is back, which is said."""
    try:
        run = launch_run(
            dataset_version=version, base=base, slot=form.cleaned_data["slot"], plan=plan, user=request.user
        )
    except QueueUnavailable as problem:
        messages.warning(request, str(problem))
        run = TrainingRun.objects.filter(dataset_version=version, created_by_id=request.user.pk).latest("created_at")
    return HttpResponseRedirect(address(run))


def with_base(given: QueryDict, base: BaseModel) -> str:
    query = given.copy()
    query["base"] = base.slug
    return query.urlencode()


def hidden(given: QueryDict, longest: int | None) -> list[tuple[str, str]]:
    """The form's fields to be sent once more, with room for the longest row that was found."""
    fields = {name: str(value) for name, value in given.items() if value}
    return list((fields | ({"longest": str(longest)} if longest else {})).items())


def stages_page(plan: Plan) -> list[dict[str, Any]]:
    """What each stage declares and must reach."""
    return [
        {"number": number, "tools": tools, "gate": plan.gates[number - 1] if plan.gates else None}
        for number, tools in enumerate(plan.stages, 1)
    ]


def preset_table() -> list[dict[str, Any]]:
    columns = ("epochs", "batch", "accumulation", "learning_rate", "lora_rank", "lora_dropout", "longest", "quantised")
    return [
        {
            "name": preset.name,
            "title": preset.title,
            "base": preset.base,
            "note": preset.note,
            "curriculum": preset.curriculum,
            "gates": ", ".join(map(str, preset.gates)),
            "values": [shown(preset.values[name]) if name in preset.values else "–" for name in columns],
        }
        for preset in PRESETS
    ]
