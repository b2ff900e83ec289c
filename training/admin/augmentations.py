"""Augmenting on the admin's pages: choices and a dry run first, then what it would make, then for good."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST

from background.errors import ProblemError
from background.models import JobState
from brands.admin.pages import Readable
from brands.admin.pieces import address, list_address, state_badge
from brands.admin.scope import ScopedRelatedFilter, is_superuser, teams_reached
from brands.models import Role
from training.admin.augmentation_form import AugmentationForm
from training.admin.augmentation_page import augmentation_page, told_by
from training.models import Augmentation, Dataset
from training.services.augmentation import (
    keep,
    launch_augmentation,
    new_augmentation,
    skips_path,
)
from training.services.new_rows import is_dry_run


@admin.register(Augmentation)
class AugmentationAdmin(Readable):
    """Rows are tried first; the page shows what would come of it, and for good is one more click."""

    form = AugmentationForm
    fieldsets = (
        (None, {"fields": ("into", "method", "count", "seed")}),
        (_l("For synthetic brands"), {"fields": ("industries",)}),
        (_l("For other values"), {"fields": ("pack", "values")}),
    )
    list_display = ("method_text", "badge", "dataset", "kind", "made", "created_at")
    list_display_links = ("method_text",)
    list_filter = ("state", "method", ("dataset", ScopedRelatedFilter))
    list_select_related = ("dataset", "team")
    change_form_outer_before_template = "admin/training/augmentation.html"
    empty_hint = _l("An augmentation makes synthetic rows of a dataset's own, as drafts that are reviewed.")
    empty_command = "manage.py augment DATASET --method wordings --count 50 --dry-run"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("dataset", "team")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, Role.CURATOR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With the datasets of teams in which the person may curate, and what a model's suggestions need."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        rows = Dataset.objects.select_related("team")
        if not is_superuser(request):
            rows = rows.filter(team__in=teams_reached(request, Role.CURATOR))
        form.base_fields["into"].queryset = rows
        form.base_fields["method"].help_text = (
            ""
            if settings.AUGMENT_URL
            else _(
                "A model's suggestions need an endpoint that speaks the OpenAI format: set AIDIRECTOR_AUGMENT_URL and"
                " AIDIRECTOR_AUGMENT_MODEL, and AIDIRECTOR_AUGMENT_KEY where it wants a key, then start again."
            )
        )
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        asked = {"into": request.GET["into"]} if "into" in request.GET else {}
        return {**super().get_changeform_initial_data(request), **asked}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        chosen = form.cleaned_data
        row = new_augmentation(
            dataset=chosen["into"],
            method=chosen["method"],
            count=chosen["count"],
            seed=chosen["seed"],
            options=form.options(),
            user=request.user,
        )
        obj.__dict__.update(row.__dict__)
        launch_augmentation(row=row)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The queue hears of it after the commit, which is after `save_model`."""
        answer = self.launched(
            request, lambda: super(AugmentationAdmin, self).add_view(request, form_url, extra_context)
        )
        return answer or HttpResponseRedirect(list_address(Augmentation))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(address(obj))

    def launched(self, request: HttpRequest, launch: Any) -> Any:
        """Do it; a problem is a warning, and where it is the queue's the row waits in the database."""
        try:
            return launch()
        except ProblemError as problem:
            self.message_user(request, str(problem), messages.WARNING)
            return None

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/keep/", wrap(require_POST(self.keep_view)), name="training_augmentation_keep"),
            path("<uuid:pk>/skips/", wrap(self.skips_view), name="training_augmentation_skips"),
        ]
        return [*own, *super().get_urls()]

    def found(self, request: HttpRequest, pk: Any, role: str) -> Augmentation:
        row: Augmentation | None = self.get_queryset(request).filter(pk=pk).first()
        if row is None or not self.reaches(request, role, row):
            raise Http404
        return row

    def keep_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        row = self.found(request, pk, Role.CURATOR)
        kept = self.launched(request, lambda: keep(dry_run=row, user=request.user))
        return HttpResponseRedirect(address(kept or row))

    def skips_view(self, request: HttpRequest, pk: Any) -> Any:
        row = self.found(request, pk, self.view_role)
        if not skips_path(row).is_file():
            raise Http404
        return FileResponse(skips_path(row).open("rb"), as_attachment=True, filename=f"augmentation-{row.pk}.jsonl")

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        done, made = row.state == JobState.COMPLETED, told_by(row)["outcomes"].get("made", 0)
        return {
            **augmentation_page(row),
            "done": done,
            "may_keep": done and made and is_dry_run(row) and self.reaches(request, Role.CURATOR, row),
            "traceback": row.traceback if is_superuser(request) else "",
        }

    @admin.display(description=_l("method"), ordering="method")
    def method_text(self, row: Any) -> str:
        return str(row.get_method_display())

    @admin.display(description=_l("state"), ordering="state")
    def badge(self, row: Any) -> str:
        return state_badge(row)

    @admin.display(description=_l("kind"))
    def kind(self, row: Any) -> str:
        return _("dry run") if is_dry_run(row) else _("for good")

    @admin.display(description=_l("rows"))
    def made(self, row: Any) -> str:
        made = told_by(row)["outcomes"].get("made", 0)
        return f"{made} / {row.options.get('count', 0)}" if row.counts else "—"
