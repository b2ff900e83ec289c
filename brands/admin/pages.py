"""How the page of one row is put together: what is to be read first, the form, if any, below it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from brands.admin.scope import TeamScoped


class Readable(TeamScoped):
    """A page that can be read: `change_form_outer_before_template` draws what `page` returns.

    Who may not edit the row sees that page alone, without the form.
    """

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template draws, as `page`."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["page"] = self.page(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return []
        return super().get_fieldsets(request, obj)


class Record(Readable):
    """The page of a row that services write and people only read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()
