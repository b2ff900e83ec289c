"""The page of a training run, which renews itself while the run lasts, and the list of runs."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from background.queue import request_cancel
from brands.admin.pages import Record
from brands.admin.pieces import address, facts, link, list_address, state_badge
from brands.admin.scope import ScopedRelatedFilter, is_superuser
from brands.models import Role
from training.admin.conversation import declared_names, turns
from training.admin.run_page import live_page, percent
from training.admin.stale import stale_page
from training.models import Example, ModelVersion, Split, TrainingRun

SAMPLES = 3
LOOKED_AT = 300


@admin.register(TrainingRun)
class TrainingRunAdmin(Record):
    list_display = ("name", "badge", "progress_text", "slot", "base", "dataset_version", "team", "created_at")
    list_filter = ("state", "slot", ("team", ScopedRelatedFilter))
    list_select_related = ("base", "dataset_version__dataset", "team")
    search_fields = ("name",)
    actions = ("ask_to_cancel",)
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
        related = ("base", "dataset_version__dataset", "team", "created_by")
        return super().get_queryset(request).select_related(*related)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            **self.live(request, row),
            "about": about(row),
            "stale": stale_page(row.dataset_version.stale_tools),
            "plan": facts(row.plan),
            "samples": [{"turns": turns(example.messages), "language": example.language} for example in samples(row)],
            "examples_address": list_address(
                Example, dataset__id__exact=row.dataset_version.dataset_id, split__exact=Split.TRAIN
            ),
        }

    def live(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The part of the page that is fetched again and again."""
        page = live_page(row)
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
            "can_cancel": page["can_cancel"] and self.may_cancel(request, row),
            "traceback": row.traceback if is_superuser(request) else "",
        }

    def may_cancel(self, request: HttpRequest, row: Any = None) -> bool:
        return self.reaches(request, Role.CURATOR, row)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.may_cancel(request)

    @admin.action(description=_("Ask to cancel"), permissions=["cancel"])
    def ask_to_cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        asked = sum(request_cancel(run) for run in queryset if self.may_cancel(request, run))
        text = ngettext("%(count)s run was asked to stop.", "%(count)s runs were asked to stop.", asked)
        self.message_user(request, text % {"count": asked}, messages.SUCCESS if asked else messages.WARNING)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<uuid:pk>/live/", self.live_view, name="training_trainingrun_live"),
            path(
                "<uuid:pk>/cancel/",
                self.admin_site.admin_view(require_POST(self.cancel_view)),
                name="training_trainingrun_cancel",
            ),
        ]
        return [*own, *super().get_urls()]

    def live_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The live part as a fragment; nothing (204) when what the browser shows is still so."""
        if not self.admin_site.has_permission(request):
            return HttpResponse(headers={"HX-Refresh": "true"})  # signed out: reload, which leads to the login
        page = self.live(request, self.run_or_404(request, pk))
        if request.GET.get("mark") == page["mark"]:
            return HttpResponse(status=204)
        context = {"page": page, "is_fragment": True}
        response = HttpResponse(render_to_string("admin/training/run_live.html", context, request))
        response["Cache-Control"] = "no-store"
        return response

    def cancel_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        run = self.run_or_404(request, pk)
        if not self.may_cancel(request, run):
            raise Http404
        if request_cancel(run):
            self.message_user(request, _("The run was asked to stop."), messages.SUCCESS)
        else:
            self.message_user(request, _("The run had already ended."), messages.WARNING)
        return HttpResponseRedirect(address(run))

    def run_or_404(self, request: HttpRequest, pk: uuid.UUID) -> Any:
        run = self.get_queryset(request).filter(pk=pk).first()
        if run is None or not self.has_view_permission(request, run):
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
    if run.code_version:
        rows.append({"label": _("Code version"), "text": run.code_version})
    return rows
