"""What imports and augmentations share on the admin's pages: a dry run first, and one click keeps what it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from background.errors import ProblemError
from brands.admin.pages import Readable
from brands.admin.pieces import address, list_address
from brands.admin.scope import is_superuser, teams_reached
from brands.models import Role
from training.models import Dataset


class TriedFirst(Readable):
    """A job that curators start as a dry run. A subclass says how one is kept (`kept`) and where its skips lie."""

    def kept(self, row: Any, user: Any) -> Any:
        """The job that does for good what the dry run `row` has shown."""
        raise NotImplementedError

    def skips(self, row: Any) -> tuple[Path, str]:
        """The file of what was left out, and the name it is downloaded by."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("dataset", "team")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, Role.CURATOR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With the datasets of teams in which the person may curate."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        rows = Dataset.objects.select_related("team")
        if not is_superuser(request):
            rows = rows.filter(team__in=teams_reached(request, Role.CURATOR))
        form.base_fields["into"].queryset = rows
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        asked = {"into": request.GET["into"]} if "into" in request.GET else {}
        return {**super().get_changeform_initial_data(request), **asked}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The queue hears of the job after the commit, which is after `save_model`."""
        view = super().add_view
        answer = self.launched(request, lambda: view(request, form_url, extra_context))
        return answer or HttpResponseRedirect(list_address(self.model))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(address(obj))

    def launched(self, request: HttpRequest, launch: Callable[[], Any]) -> Any:
        """Do it; a problem is a warning, and where it is the queue's the row waits in the database."""
        try:
            return launch()
        except ProblemError as problem:
            self.message_user(request, str(problem), messages.WARNING)
            return None

    def sent(self, request: HttpRequest, row: Any, launch: Callable[[], Any]) -> HttpResponse:
        """To the page of the job that was launched; to the one it was made of where that did not go."""
        return HttpResponseRedirect(address(self.launched(request, launch) or row))

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("<uuid:pk>/keep/", wrap(require_POST(self.keep_view)), name=f"{name}_keep"),
            path("<uuid:pk>/skips/", wrap(self.skips_view), name=f"{name}_skips"),
        ]
        return [*own, *super().get_urls()]

    def found(self, request: HttpRequest, pk: Any, role: str) -> Any:
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None or not self.reaches(request, role, row):
            raise Http404
        return row

    def keep_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        row = self.found(request, pk, Role.CURATOR)
        return self.sent(request, row, lambda: self.kept(row, request.user))

    def skips_view(self, request: HttpRequest, pk: Any) -> Any:
        file, name = self.skips(self.found(request, pk, self.view_role))
        if not file.is_file():
            raise Http404
        return FileResponse(file.open("rb"), as_attachment=True, filename=name)
