"""The page of an example: the conversation as people read it, and what a curator decides about it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from brands.admin.pages import Readable
from brands.admin.pieces import fact, link, state_badge, words
from brands.admin.scope import ScopedRelatedFilter, is_superuser, teams_reached
from training.admin.conversation import declared_names, turns
from training.admin.report import expected
from training.admin.review import past
from training.errors import ReviewRefused
from training.models import Change, Example, Finding
from training.row_checks import CODES
from training.services.review import move_all, open_to

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


class ExampleForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        brand = self.cleaned_data.get("brand")
        if brand is not None and self.instance.dataset_id and brand.team_id != self.instance.dataset.team_id:
            raise ValidationError({"brand": _("This brand belongs to another team than the dataset.")})
        return cleaned


@admin.register(Example)
class ExampleAdmin(Readable):
    """What an example says is written by packs and imports; here it is read and curated."""

    form = ExampleForm
    team_path = "dataset__team"
    list_display = ("said", "badge", "split", "task_words", "language", "made", "dataset")
    list_filter = (
        "state",
        "split",
        TaskFilter,
        LanguageFilter,
        FindingFilter,
        "synthetic",
        ("dataset", ScopedRelatedFilter),
    )
    list_select_related = ("dataset__team", "brand")
    search_fields = ("messages", "source")
    fields = ("split", "brand", "group", "kind", "context")
    actions = ("submit", "approve", "reject", "archive")
    change_form_outer_before_template = "admin/training/example.html"
    empty_hint = _("An example is a conversation that shows the right answer. A pack brings them by the hundred.")
    empty_command = "manage.py load_pack music"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("dataset__team", "brand")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """SQLite keeps JSON with other scripts escaped, so Thai is looked for as it stands there."""
        if connection.vendor == "sqlite" and not search_term.isascii():
            search_term = json.dumps(search_term)[1:-1]
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "example": row,
            "badge": state_badge(row),
            "dataset": link(row.dataset),
            "brand": link(row.brand),
            "turns": turns(row.messages),
            "expected": expected(row.expected) if row.expected else None,
            "tools": declared_names(row.tools),
            "findings": list(row.findings.all()),
            "history": [past(change) for change in row.changes.select_related("user").order_by("-pk")[:20]],
            "about": [
                fact(str(_("Split")), str(row.get_split_display())),
                fact(str(_("Task")), words(row.task)),
                fact(str(_("Language")), row.language),
                fact(str(_("Synthetic")), row.synthetic),
                fact(str(_("Kind")), words(row.kind)),
                fact(str(_("Source")), row.source),
            ],
        }

    @admin.display(description=_("says"))
    def said(self, example: Any) -> str:
        text = next((turn.text for turn in turns(example.messages) if turn.role == "user"), "") or "—"
        return text if len(text) <= 80 else text[:80] + " …"

    @admin.display(description=_("task"), ordering="task")
    def task_words(self, example: Any) -> str:
        return words(example.task)

    @admin.display(description=_("origin"), ordering="synthetic")
    def made(self, example: Any) -> Any:
        return _("synthetic") if example.synthetic else _("written")

    @admin.display(description=_("state"), ordering="state")
    def badge(self, example: Any) -> str:
        return state_badge(example)

    @admin.action(description=_("Send to review"), permissions=["change"])
    def submit(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, Change.Action.SUBMIT)

    @admin.action(description=_("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, Change.Action.APPROVE)

    @admin.action(description=_("Reject"), permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, Change.Action.REJECT)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.decide(request, queryset, Change.Action.ARCHIVE)

    def decide(self, request: HttpRequest, queryset: QuerySet[Any], action: str) -> HttpResponse | None:
        """Ask first, with the number of rows the step is open to; then take it."""
        rows = Example.objects.filter(pk__in=queryset.values("pk"))
        if not is_superuser(request):
            rows = rows.filter(dataset__team__in=teams_reached(request, self.edit_role))
        if "sure" not in request.POST:
            return self.asked(request, rows, action)
        try:
            moved, left = move_all(
                examples=rows, action=action, user=request.user, reason=request.POST.get("reason", "")
            )
        except ReviewRefused as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return None
        text = ngettext("%(count)s example changed.", "%(count)s examples changed.", moved) % {"count": moved}
        if left:
            text += " " + ngettext("%(count)s stayed as it was.", "%(count)s stayed as they were.", left) % {
                "count": left
            }
        self.message_user(request, text, messages.SUCCESS if moved else messages.WARNING)
        return None

    def asked(self, request: HttpRequest, rows: QuerySet[Any], action: str) -> HttpResponse:
        ready = open_to(rows, action).count()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": Change.Action(action).label,
            "action": request.POST.get("action"),
            "selected": request.POST.getlist("_selected_action"),
            "across": request.POST.get("select_across", "0"),
            "ready": ready,
            "left": rows.count() - ready,
            "needs_reason": action == Change.Action.REJECT,
        }
        return TemplateResponse(request, "admin/training/decide.html", context)
