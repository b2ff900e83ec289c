"""Filters of the examples' list, of what occurs in the person's own rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.pieces import words
from training.models import Finding
from training.row_checks import CODES

REMEMBERED = 60  # seconds


class TaskFilter(admin.SimpleListFilter):
    """By task, of those that occur in the person's own rows."""

    title = _("task")
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = cache.get_or_set(
            f"examples-{self.parameter_name}-{request.user.pk}", lambda: self.values(request, model_admin), REMEMBERED
        )
        return [(value, words(value)) for value in found or ()]

    def values(self, request: HttpRequest, model_admin: Any) -> list[str]:
        """Those that occur: found by looking at every row, so remembered for a minute."""
        found = model_admin.get_queryset(request).order_by().values_list(self.parameter_name, flat=True)
        return sorted(value for value in found.distinct()[:100] if value)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class LanguageFilter(TaskFilter):
    title = _("language")
    parameter_name = "language"


class FindingFilter(admin.SimpleListFilter):
    """By what the checks found."""

    title = _("finding")
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("any", str(_("any"))),
            ("error", str(_("an error"))),
            *((code, title) for code, (_s, title) in CODES.items()),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if not wanted:
            return queryset
        found = Finding.objects.all()
        if wanted == "error":
            found = found.filter(severity=Finding.Severity.ERROR)
        elif wanted != "any":
            found = found.filter(code=wanted)
        return queryset.filter(pk__in=found.values("example"))
