"""Augmenting on the admin's pages: choices and a dry run first, then what it would make, then for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from background.models import JobState
from brands.admin.pieces import state_badge
from brands.admin.scope import ScopedRelatedFilter, is_superuser
from brands.models import Role
from training.admin.augmentation_form import AugmentationForm
from training.admin.augmentation_page import augmentation_page, told_by
from training.admin.trials import TriedFirst
from training.models import Augmentation
from training.services.augmentation import (
    keep,
    launch_augmentation,
    new_augmentation,
    skips_path,
)
from training.services.new_rows import is_dry_run


@admin.register(Augmentation)
class AugmentationAdmin(TriedFirst):
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

    def kept(self, row: Any, user: Any) -> Augmentation:
        return keep(dry_run=row, user=user)

    def skips(self, row: Any) -> tuple[Path, str]:
        return skips_path(row), f"augmentation-{row.pk}.jsonl"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With what a model's suggestions need."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.base_fields["method"].help_text = (
            ""
            if settings.AUGMENT_URL
            else _(
                "A model's suggestions need an endpoint that speaks the OpenAI format: set AIDIRECTOR_AUGMENT_URL and"
                " AIDIRECTOR_AUGMENT_MODEL, and AIDIRECTOR_AUGMENT_KEY where it wants a key, then start again."
            )
        )
        return form

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
