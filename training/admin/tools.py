"""The page of a tool: what it does, which arguments it takes, what changed, and which rows still have it as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import action

from background.errors import ProblemError
from brands.admin.form_fields import IndentedJSONField
from brands.admin.pages import Readable
from brands.admin.pieces import address, link, list_address, plain
from brands.admin.scope import ScopedRelatedFilter
from training.admin.tool_pages import import_page, migrate_page
from training.models import Example, Tool
from training.services.stale import stale_count
from training.services.tools import (
    SAME,
    check_new_version,
    delete_tools,
    known_changes,
    neighbours,
    new_version,
)


class ToolForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is saved becomes a new version: rows and frozen versions refer to the one they have."""

    schema = IndentedJSONField(
        label=_l("Declaration"),
        help_text=_l("OpenAI-style. A version never changes: saving another declaration makes the next version."),
    )

    class Meta:
        model = Tool
        fields = ("schema",)

    def clean_schema(self) -> Any:
        schema = self.cleaned_data["schema"]
        try:
            check_new_version(tool=self.instance, schema=schema)
        except ProblemError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return schema

    def _post_clean(self) -> None:
        """Leave the row as it is: what was written is for `new_version`."""


@admin.register(Tool)
class ToolAdmin(Readable):
    form = ToolForm
    list_display = ("name", "version", "short_description", "team")
    list_filter = (("team", ScopedRelatedFilter),)
    list_select_related = ("team",)
    search_fields = ("name", "description")
    actions_list = ("import_tools",)
    change_form_outer_before_template = "admin/training/tool.html"
    empty_hint = _l("A tool is a function a model may call, described by a JSON Schema. A pack brings 18.")
    empty_command = "manage.py load_pack music"

    @admin.display(description=_l("description"))
    def short_description(self, tool: Any) -> str:
        text = str(tool.description)
        return text if len(text) < 90 else text[:90] + " …"

    @action(description=_l("Import tools"), url_path="import", permissions=["add"], icon="upload")  # type: ignore[untyped-decorator]
    def import_tools(self, request: HttpRequest) -> HttpResponse:
        return import_page(request, self)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return import_page(request, self)

    def get_urls(self) -> list[URLPattern]:
        migrate = self.admin_site.admin_view(self.migrate_view)
        return [path("<int:pk>/migrate/", migrate, name="training_tool_migrate"), *super().get_urls()]

    def migrate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        tool = self.get_queryset(request).select_related("team").filter(pk=pk).first()
        if tool is None:
            raise Http404
        return migrate_page(request, self, tool)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Saving makes another row, so there is nothing to continue with."""
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.kept = new_version(tool=obj, schema=form.cleaned_data["schema"])

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        kept = obj.kept
        if kept.outcome == SAME:
            messages.info(request, _("Nothing changed: this is what version %(version)s says.") % vars(kept))
        else:
            messages.success(request, _("Version %(version)s is the current one now.") % vars(kept))
        return HttpResponseRedirect(address(Tool.objects.get(team=obj.team_id, name=obj.name, version=kept.version)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_tools(tools=Tool.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        delete_tools(tools=queryset)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        function = row.schema.get("function", row.schema) if isinstance(row.schema, Mapping) else {}
        function = function if isinstance(function, Mapping) else {}
        parameters = function.get("parameters")
        before, current = neighbours(row)
        return {
            "tool": row,
            "parameters": arguments(parameters if isinstance(parameters, Mapping) else {}),
            "current": None if current.pk == row.pk else link(current),
            "before": before and link(before),
            "changes": known_changes(before.schema, row.schema) if before else [],
            "stale": stale_count(row) if current.pk == row.pk else 0,
            "stale_address": list_address(Example, finding="stale_tool"),
            "may_migrate": self.has_change_permission(request, row),
        }


def arguments(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A tool's parameters, one row each."""
    properties, required = parameters.get("properties"), parameters.get("required")
    needed = set(map(str, required)) if isinstance(required, list) else set()
    return [
        {
            "name": name,
            "type": plain(schema.get("type")),
            "required": name in needed,
            "description": schema.get("description") or "",
            "choices": schema["enum"] if isinstance(schema.get("enum"), list) else [],
        }
        for name, schema in (properties.items() if isinstance(properties, Mapping) else ())
        if isinstance(schema, Mapping)
    ]
