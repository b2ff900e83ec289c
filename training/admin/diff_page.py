"""What changed between two frozen versions, as a page: counts, tools, and the rows that differ."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from background.errors import ProblemError
from brands.admin.pieces import address, link
from training.admin.measure_names import kind_name
from training.admin.review import column_name, column_text, plain_text
from training.admin.statistics_page import TITLES, bar_label, value_label
from training.diffs import Part, diff, shortened
from training.models import DatasetVersion, Example, Split
from training.row_checks.showing import visible
from training.services.version_diffs import compare, rows_of, version_before
from training.version_diff import OUTCOMES, Entry, deltas, tool_differences

PAGE = 50
MOST_TEXT = 4000  # characters of each column that are compared on the page
FIRST_DELTAS = 8
NAMES = {
    "added": (_l("added"), "add_circle", "positive"),
    "removed": (_l("removed"), "remove_circle", "negative"),
    "moved": (_l("other side"), "swap_horiz", "caution"),
    "changed": (_l("changed"), "edit", "quiet"),
}
Row = Mapping[str, Any] | None


def diff_page(request: HttpRequest, admin: Any, version: DatasetVersion, other_pk: int | None) -> HttpResponse:
    """The older of two versions against the newer; without another, the one before."""
    asked = request.GET.get("other", "")
    if asked.isdecimal() and len(asked) < 18:
        return HttpResponseRedirect(diff_address(version.pk, int(asked)))
    try:
        other = version_before(version) if other_pk is None else beside(request, admin, version, other_pk)
        before, after = sorted((version, other), key=lambda each: each.number)
        page = found(request, before, after)
    except ProblemError as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(address(version))
    context = {
        **admin.admin_site.each_context(request),
        "opts": DatasetVersion._meta,
        "title": _("What changed"),
        "page": page | {"others": others(version, other), "version": version},
    }
    return TemplateResponse(request, "admin/training/version_diff.html", context)


def diff_address(pk: int, other: int) -> str:
    return reverse("admin:training_datasetversion_diff", args=[pk, other])


def beside(request: HttpRequest, admin: Any, version: DatasetVersion, pk: int) -> DatasetVersion:
    """Another version of the same dataset."""
    versions = admin.get_queryset(request).filter(dataset=version.dataset_id)
    other: DatasetVersion | None = versions.filter(pk=pk).first()
    if other is None:
        raise Http404
    return other


def others(version: DatasetVersion, chosen: DatasetVersion) -> list[dict[str, Any]]:
    versions = DatasetVersion.objects.filter(dataset=version.dataset_id).exclude(pk=version.pk).order_by("-number")
    return [
        {"pk": pk, "number": number, "chosen": pk == chosen.pk}
        for pk, number in versions.values_list("pk", "number")[:200]
    ]


def found(request: HttpRequest, before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    difference = compare(before=before, after=after)
    show = request.GET.get("show", "")
    entries = [each for each in difference.entries if show not in OUTCOMES or each.outcome == show]
    shown = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    here = Example.objects.filter(pk__in=[each.example for each in shown]).in_bulk()
    return {
        "before": before,
        "after": after,
        "links": [link(before), link(after)],
        "counts": difference.counts,
        "changed": len(difference.entries),
        "show": show if show in OUTCOMES else "",
        "outcomes": [(name, NAMES[name][0], difference.counts[name]) for name in OUTCOMES if difference.counts[name]],
        "deltas": delta_tables(before, after),
        "tools": [
            {"name": each.name, "badge": outcome_badge(each.outcome), "changes": each.changes}
            for each in tool_differences(before.tools, after.tools)
        ],
        "shown": shown,
        "rows": [
            entry_row(entry, old, new, here.get(entry.example))
            for entry, old, new in rows_of(list(shown), before=before, after=after)
        ],
    }


def delta_tables(before: DatasetVersion, after: DatasetVersion) -> list[dict[str, Any]]:
    tables = []
    for field, values in deltas(before.statistics, after.statistics).items():
        rows = [
            {
                "label": value_label(field, each.value),
                "before": each.before,
                "after": each.after,
                "change": f"{each.change:+d}".replace("-", "−"),
            }
            for each in values
        ]
        tables.append({"title": TITLES[field], "rows": rows[:FIRST_DELTAS], "more": rows[FIRST_DELTAS:]})
    return tables


def outcome_badge(outcome: str) -> SafeString:
    word, shape, tone = NAMES[outcome]
    return render_to_string("admin/pieces/badge.html", {"shape": shape, "tone": tone, "word": word})


def entry_row(entry: Entry, old: Row, new: Row, example: Example | None) -> dict[str, Any]:
    """One row of the page; of an added or removed one the conversation, of another what differs."""
    row = new or old or {}
    sides = " → ".join(dict.fromkeys(side(each) for each in (old, new) if each))
    return {
        "badge": outcome_badge(entry.outcome),
        "address": address(example) if example else "",
        "number": entry.example,
        "language": row.get("language") or "",
        "about": [each for each in (sides, bar_label(str(row.get("task"))), row.get("brand")) if each],
        "text": "" if entry.fields else cut(visible(plain_text(row.get("messages")))),
        "asked": first_request(row) if entry.fields and "messages" not in entry.fields else "",
        "columns": [
            {"label": capfirst(column_name(name)), "parts": parts(said(name, old), said(name, new))}
            for name in entry.fields
            if name != "split"
        ],
    }


def side(row: Mapping[str, Any]) -> str:
    return str(dict(Split.choices).get(str(row.get("split")), ""))


def first_request(row: Mapping[str, Any]) -> str:
    asked = [each for each in row.get("messages") or () if isinstance(each, Mapping) and each.get("role") == "user"]
    return visible(str(asked[0].get("content") or ""))[:200] if asked else ""


def said(name: str, row: Row) -> str:
    """What stands in a field of a frozen row, as text."""
    value = (row or {}).get(name)
    if name == "messages":
        return cut(visible(plain_text(value)))
    if name == "kind":
        return kind_name(str(value)) if value else ""
    if name == "expected" and isinstance(value, Mapping) and set(value) == {"calls"}:
        return cut(visible(plain_text([{"role": "assistant", "tool_calls": value["calls"]}])))
    if value in ("", [], {}):
        return ""
    return cut(column_text(name, value))


def cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} …"


@lru_cache(maxsize=256)
def parts(before: str, after: str) -> tuple[Part, ...]:
    """The difference; a brand's card that changed is compared once for all of its rows."""
    return tuple(shortened(diff(before, after)))
