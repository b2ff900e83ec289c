"""The page of a training run, which renews itself while the run lasts, and the list of runs."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from background.errors import QueueUnavailable
from background.queue import request_cancel
from brands.admin.pieces import address, facts, link, list_address, state_badge
from brands.admin.scope import ScopedRelatedFilter, is_superuser
from brands.models import Role
from training.admin.compare_page import compare_address, compare_page
from training.admin.control_view import control_view
from training.admin.conversation import declared_names, turns
from training.admin.gate_view import forgetting_view
from training.admin.preflight_page import preflight_view, start_all_the_same
from training.admin.run_live import live_page
from training.admin.run_mark import watched
from training.admin.run_page import percent
from training.admin.run_watching import Watched
from training.admin.stale import stale_page
from training.errors import OverrideRefused
from training.models import Example, ModelVersion, Split, Stage, TrainingRun
from training.services.gates import let_pass

SAMPLES = 3
LOOKED_AT = 300


@admin.register(TrainingRun)
class TrainingRunAdmin(Watched):
    list_display = ("name", "badge", "progress_text", "slot", "base", "dataset_version", "team", "created_at")
    list_filter = ("state", "slot", ("team", ScopedRelatedFilter))
    list_select_related = ("base", "dataset_version__dataset", "team")
    search_fields = ("name",)
    actions = ("compare", "ask_to_cancel")
    change_form_outer_before_template = "admin/training/run.html"
    empty_hint = _("A run teaches a base model from a frozen dataset. The demo launches two.")
    empty_command = "manage.py demo"

    @admin.display(description=_("state"), ordering="state")
    def badge(self, run: Any) -> str:
        return state_badge(run)

    @admin.display(description=_("progress"), ordering="progress")
    def progress_text(self, run: Any) -> str:
        return format_html("{} %", percent(run))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ("base", "dataset_version__dataset", "team", "created_by", "control_of")
        return super().get_queryset(request).select_related(*related)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            **self.live(request, watched(self.get_queryset(request)).get(pk=row.pk)),
            "about": about(row),
            "stale": stale_page(row.dataset_version.stale_tools),
            "plan": facts(plan_in_short(row.plan)),
            "samples": [{"turns": turns(example.messages), "language": example.language} for example in samples(row)],
            "examples_address": list_address(
                Example, dataset__id__exact=row.dataset_version.dataset_id, split__exact=Split.TRAIN
            ),
        }

    def live(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The part of the page that is fetched again and again."""
        page = live_page(row)
        stages = list(row.stages.all())
        version = ModelVersion.objects.filter(run=row).first()
        return {
            **page,
            "version": version and {"name": str(version), "link": link(version), "badge": state_badge(version)},
            "evaluations": [
                {"link": link(each), "badge": state_badge(each)}
                for each in (
                    version.evaluations.select_related("model_version", "dataset_version__dataset") if version else ()
                )
            ],
            "forgetting": forgetting_view(row, stages),
            "control": control_view(row, stages),
            "can_cancel": page["can_cancel"] and self.may_curate(request, row),
            "preflight": preflight_view(row),
            "can_let_pass": self.may_curate(request, row),
            "traceback": row.traceback if is_superuser(request) else "",
        }

    def may_curate(self, request: HttpRequest, row: Any = None) -> bool:
        return self.reaches(request, Role.CURATOR, row)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.may_curate(request)

    @admin.action(description=_("Ask to cancel"), permissions=["cancel"])
    def ask_to_cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        asked = sum(request_cancel(run) for run in queryset if self.may_curate(request, run))
        text = ngettext("%(count)s run was asked to stop.", "%(count)s runs were asked to stop.", asked)
        self.message_user(request, text % {"count": asked}, messages.SUCCESS if asked else messages.WARNING)

    @admin.action(description=_("Compare"), permissions=["view"])
    def compare(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        chosen = list(queryset.order_by("created_at")[:3])
        if len(chosen) == 2 and chosen[0].team_id == chosen[1].team_id:
            return HttpResponseRedirect(compare_address(chosen[0].pk, chosen[1].pk))
        self.message_user(request, _("Choose two runs of one team to compare."), messages.WARNING)
        return None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/cancel/", view(require_POST(self.cancel_view)), name="training_trainingrun_cancel"),
            path(
                "<uuid:pk>/stages/<int:number>/pass/",
                view(require_POST(self.pass_view)),
                name="training_trainingrun_pass",
            ),
            path("<uuid:pk>/start/", view(require_POST(self.start_view)), name="training_trainingrun_start"),
            path("<uuid:pk>/beside/<uuid:other>/", view(self.compare_view), name="training_trainingrun_compare"),
        ]
        return [*own, *super().get_urls()]

    def cancel_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        run = self.run_to_curate(request, pk)
        if request_cancel(run):
            self.message_user(request, _("The run was asked to stop."), messages.SUCCESS)
        else:
            self.message_user(request, _("The run had already ended."), messages.WARNING)
        return HttpResponseRedirect(address(run))

    def pass_view(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
        """Let a stage pass its gate, with the reason that was given."""
        run = self.run_to_curate(request, pk)
        stage = Stage.objects.filter(run=run, number=number).first()
        if stage is None:
            raise Http404
        try:
            let_pass(stage=stage, user=request.user, reason=request.POST.get("reason", ""))
            self.message_user(request, _("The stage may pass: the run waits for a worker."), messages.SUCCESS)
        except OverrideRefused as problem:
            self.message_user(request, str(problem), messages.ERROR)
        except QueueUnavailable as problem:  # the run is saved all the same
            self.message_user(request, str(problem), messages.WARNING)
        return HttpResponseRedirect(address(run))

    def start_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Let a run start in spite of its warnings, with the reason that was given."""
        run = self.run_to_curate(request, pk)
        start_all_the_same(self, request, run)
        return HttpResponseRedirect(address(run))

    def compare_view(self, request: HttpRequest, pk: uuid.UUID, other: uuid.UUID) -> HttpResponse:
        pair = [self.run_or_404(request, each) for each in (pk, other)]
        if pair[0].team_id != pair[1].team_id or pk == other:
            raise Http404
        return compare_page(request, self, pair[0], pair[1])

    def run_or_404(self, request: HttpRequest, pk: uuid.UUID) -> Any:
        run = self.get_queryset(request).filter(pk=pk).first()
        if run is None or not self.has_view_permission(request, run):
            raise Http404
        return run

    def run_to_curate(self, request: HttpRequest, pk: uuid.UUID) -> Any:
        run = self.run_or_404(request, pk)
        if not self.may_curate(request, run):
            raise Http404
        return run


def samples(run: Any) -> list[Any]:
    """A few examples it learns from: written before synthetic ones, calling only tools the run declares."""
    tools = {name for stage in run.stages.all() for name in declared_names(stage.tools)}
    rows = Example.objects.filter(
        dataset=run.dataset_version.dataset_id, state=Example.State.APPROVED, split=Split.TRAIN
    )
    fitting = [
        row
        for row in rows.order_by("synthetic", "pk").only("messages", "tools", "language")[:LOOKED_AT]
        if not tools or tools >= set(declared_names(row.tools))
    ]
    return fitting[:: max(1, len(fitting) // SAMPLES)][:SAMPLES]


def plan_in_short(plan: Any) -> Any:
    """The plan without the names of its tools, which its stages show."""
    if not isinstance(plan, dict) or not isinstance(plan.get("stages"), list):
        return plan
    counts = [len(tools) for tools in plan["stages"] if isinstance(tools, list) and tools]
    return {name: value for name, value in plan.items() if name != "stages"} | {"tools_in_each_stage": counts}


def about(run: Any) -> list[Any]:
    """Where the run came from, as facts and links."""
    rows: list[Any] = [
        {"label": _("Job of the model"), "text": run.get_slot_display()},
        {"label": _("Base model"), "link": link(run.base)},
        {"label": _("Learns from"), "link": link(run.dataset_version)},
        {"label": _("Team"), "text": run.team},
        {"label": _("Launched by"), "text": run.created_by or "—"},
        {"label": _("Started"), "moment": run.started_at},
        {"label": _("Ended"), "moment": run.ended_at},
        {"label": _("Attempts"), "text": run.attempts},
    ]
    if run.control_of:
        rows.insert(3, {"label": _("Control arm of"), "link": link(run.control_of)})
    rows += [
        {"label": label, "text": text}
        for label, text in ((_("Machine"), run.machine), (_("Code version"), run.code_version))
        if text
    ]
    return rows
