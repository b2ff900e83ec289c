"""Drawing a split on a dataset's page: choose, look at both sides, then write it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from background.errors import ProblemError
from brands.admin.pieces import address, link, percent
from training.admin.statistics_page import bar_label
from training.models import Dataset, Split
from training.services.split_preview import HIGHEST_SEED, Preview, preview
from training.services.splitting import split
from training.splitting import BRAND, GROUP, MOST

TABLES = {"task": _l("By task"), "language": _l("By language")}
MOST_VALUES = 40


class SplitForm(forms.Form):
    share = forms.IntegerField(
        label=_l("Share to hold out, in per cent"),
        min_value=0,
        max_value=int(100 * MOST),
        initial=20,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    seed = forms.IntegerField(
        label=_l("Seed"),
        min_value=0,
        max_value=HIGHEST_SEED,
        initial=1,
        help_text=_l("The same seed draws the same rows. The next frozen version keeps it."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    by = forms.ChoiceField(
        label=_l("What stays together"),
        choices=[(GROUP, _l("groups: wordings, conversation trees")), (BRAND, _l("whole brands, and groups"))],
        initial=GROUP,
        help_text=_l("Synthetic rows stay with the row they were made from either way."),
        widget=UnfoldAdminSelectWidget,
    )

    def asked(self) -> dict[str, Any]:
        return {**self.cleaned_data, "share": self.cleaned_data["share"] / 100}


def split_page(request: HttpRequest, admin: Any, dataset: Dataset) -> HttpResponse:
    """GET asks, and shows what would come of the answer; POST writes it."""
    if not admin.has_change_permission(request, dataset):
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    form, seen = SplitForm(given if "share" in given else None), None
    if form.is_valid():
        try:
            if request.method == "POST":
                return written(request, dataset, form)
            seen = preview(dataset=dataset, **form.asked())
        except ProblemError as problem:
            form.add_error(None, str(problem))
    context = {
        **admin.admin_site.each_context(request),
        "opts": Dataset._meta,
        "title": _("Draw a split"),
        "form": form,
        "dataset": dataset,
        "dataset_link": link(dataset),
        "seen": preview_page(seen) if seen else None,
    }
    return TemplateResponse(request, "admin/training/split.html", context)


def written(request: HttpRequest, dataset: Dataset, form: SplitForm) -> HttpResponse:
    drawn, counts = split(dataset=dataset, user=request.user, **form.asked())
    told = [
        ngettext(
            "%(count)s row changed sides: %(share)s is held out.",
            "%(count)s rows changed sides: %(share)s is held out.",
            counts["moved"],
        )
        % {"count": counts["moved"], "share": percent(drawn.drawn.share)}
    ]
    if counts["duplicate"]:
        told.append(
            ngettext(
                "%(count)s stayed: the other side has the very same row already.",
                "%(count)s stayed: the other side has the very same rows already.",
                counts["duplicate"],
            )
            % {"count": counts["duplicate"]}
        )
    messages.add_message(request, messages.WARNING if counts["duplicate"] else messages.SUCCESS, " ".join(told))
    return HttpResponseRedirect(address(dataset))


def preview_page(seen: Preview) -> dict[str, Any]:
    return {
        "share": percent(seen.drawn.share),
        "asked": percent(seen.share),
        "differs": abs(seen.drawn.share - seen.share) >= 0.005,
        "rows": seen.drawn.rows,
        "unanswered": seen.drawn.must,
        "moves": seen.to_train + seen.to_held_out,
        "to_train": seen.to_train,
        "to_held_out": seen.to_held_out,
        "changes": len(seen.moves),
        "sides": [
            {"name": capfirst(str(label)), "rows": side.rows, "groups": side.groups}
            for value, label in Split.choices
            if (side := seen.tables["all"][""][value])
        ],
        "tables": [{"title": title, "rows": table_rows(seen.tables.get(name, {}))} for name, title in TABLES.items()],
    }


def table_rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    ordered = sorted(table.items(), key=lambda pair: -sum(side.rows for side in pair[1].values()))
    return [
        {"label": bar_label(value), "train": sides[Split.TRAIN], "held_out": sides[Split.HELD_OUT]}
        for value, sides in ordered[:MOST_VALUES]
    ]
