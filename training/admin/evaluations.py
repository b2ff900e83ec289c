"""The page of an evaluation: the arms side by side, then the rows on which they differ."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.pages import Record
from brands.admin.pieces import link, state_badge
from brands.admin.scope import ScopedRelatedFilter, is_superuser
from training.admin.dot_plot import measures
from training.admin.measure_names import arm_name
from training.admin.report import differences
from training.admin.run_page import percent
from training.models import Evaluation


@admin.register(Evaluation)
class EvaluationAdmin(Record):
    list_display = ("model_version", "badge", "dataset_version", "arms_text", "team", "created_at")
    list_filter = ("state", ("team", ScopedRelatedFilter))
    search_fields = ("dataset_version__dataset__name",)
    change_form_outer_before_template = "admin/training/evaluation.html"
    empty_hint = _("An evaluation compares a model with its base on rows neither has seen. The demo makes two.")
    empty_command = "manage.py demo"

    @admin.display(description=_("state"), ordering="state")
    def badge(self, evaluation: Any) -> str:
        return state_badge(evaluation)

    @admin.display(description=_("arms"))
    def arms_text(self, evaluation: Any) -> str:
        return ", ".join(map(arm_name, map(str, evaluation.arms))) if isinstance(evaluation.arms, list) else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ("model_version__run", "dataset_version__dataset", "team")
        return super().get_queryset(request).select_related(*related)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "evaluation": row,
            "badge": state_badge(row),
            "percent": percent(row),
            "model": link(row.model_version),
            "run": link(row.model_version.run),
            "dataset_version": link(row.dataset_version),
            "tools": row.tools if isinstance(row.tools, list) else [],
            "measures": measures(row.scores),
            "differences": differences(row.rows_path),
            "traceback": row.traceback if is_superuser(request) else "",
        }
