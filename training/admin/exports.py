"""Exporting on the admin's pages: whoever may read a dataset may take its examples along, as a file that streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from training.models import Dataset, Example, Split
from training.services.exports import (
    CSV,
    JSON_LINES,
    LOOKED_AT,
    WRITABLE,
    chosen,
    left_behind,
    lines,
    outcomes,
)

MOST_REASONS = 5
TYPES = {JSON_LINES: "application/x-ndjson", CSV: "text/csv; charset=utf-8"}


class ExportForm(forms.Form):
    dataset = forms.ModelChoiceField(Dataset.objects.none(), label=_l("Dataset"), widget=UnfoldAdminSelectWidget)
    format = forms.ChoiceField(
        label=_l("Format"),
        choices=[*WRITABLE.items()],
        help_text=_l("AI Director's own holds every column; the others hold what other programs read."),
        widget=UnfoldAdminSelectWidget,
    )
    kind = forms.ChoiceField(
        label=_l("File"),
        choices=[(JSON_LINES, _l("JSON Lines")), (CSV, _l("CSV, for spreadsheets"))],
        help_text=_l("In CSV a text that a spreadsheet would run as a formula begins with an apostrophe."),
        widget=UnfoldAdminSelectWidget,
    )
    states = forms.MultipleChoiceField(
        label=_l("States"),
        choices=Example.State.choices,
        required=False,
        help_text=_l("None chosen means all."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    split = forms.ChoiceField(
        label=_l("Split"),
        choices=[("", _l("both")), *Split.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET if "format" in request.GET else None)
        self.fields["dataset"].queryset = Dataset.objects.visible_to(request.user)  # type: ignore[attr-defined]
        self.fields["dataset"].initial = request.GET.get("dataset")
        self.fields["states"].initial = [Example.State.APPROVED]

    def choices(self) -> dict[str, Any]:
        """What is exported, as the services take it."""
        return {name: self.cleaned_data[name] for name in ("dataset", "states", "split")}


def export_page(request: HttpRequest, admin: Any) -> HttpResponseBase:
    """A form; what it would give, when it is asked; and the file, when it is asked for that."""
    form = ExportForm(request)
    valid = form.is_valid()
    if valid and "download" in request.GET:
        return download(request, form)
    context = {
        **admin.admin_site.each_context(request),
        "opts": Example._meta,
        "title": _("Export examples"),
        "form": form,
        "found": looked_at(form) if valid else None,
    }
    return TemplateResponse(request, "admin/training/export.html", context)


def looked_at(form: ExportForm) -> dict[str, Any]:
    """How many examples are chosen, and what of the first ones the format cannot hold."""
    count, refused = chosen(**form.choices()).count(), left_behind(format=form.cleaned_data["format"], **form.choices())
    return {
        "count": count,
        "looked_at": min(count, LOOKED_AT),
        "refused": sum(rows for _, rows in refused),
        "reasons": refused[:MOST_REASONS],
    }


def download(request: HttpRequest, form: ExportForm) -> StreamingHttpResponse:
    format, kind = form.cleaned_data["format"], form.cleaned_data["kind"]
    content = lines(outcomes(format=format, **form.choices()), format=format, kind=kind)
    is_async = isinstance(request, ASGIRequest)
    answer = StreamingHttpResponse(one_by_one(content) if is_async else content, content_type=TYPES[kind])
    name = f"{form.cleaned_data['dataset'].slug}.{format}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


async def one_by_one(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The lines as they are asked for: Django would gather those of a plain iterator in memory first."""
    following = sync_to_async(lambda: next(content, b""))
    while line := await following():
        yield line
