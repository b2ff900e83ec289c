"""The page of a tool: what it does and which arguments it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.form_fields import IndentedJSONField
from brands.admin.pages import Readable
from brands.admin.pieces import plain
from brands.admin.scope import ScopedRelatedFilter
from training.models import Tool


@admin.register(Tool)
class ToolAdmin(Readable):
    list_display = ("name", "version", "short_description", "team")
    list_filter = (("team", ScopedRelatedFilter),)
    list_select_related = ("team",)
    search_fields = ("name", "description")
    change_form_outer_before_template = "admin/training/tool.html"
    empty_hint = _("A tool is a function a model may call, described by a JSON Schema. A pack brings 18.")
    empty_command = "manage.py load_pack music"

    @admin.display(description=_("description"))
    def short_description(self, tool: Any) -> str:
        text = str(tool.description)
        return text if len(text) < 90 else text[:90] + " …"

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "schema":
            return IndentedJSONField(label=_("Schema"), help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        function = row.schema.get("function", row.schema) if isinstance(row.schema, Mapping) else {}
        function = function if isinstance(function, Mapping) else {}
        parameters = function.get("parameters")
        return {"tool": row, "parameters": arguments(parameters if isinstance(parameters, Mapping) else {})}


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
