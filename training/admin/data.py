"""The pages of datasets and of their frozen versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from brands.admin.pages import Readable, Record
from brands.admin.pieces import badge, facts, link, list_address, number, plain, state_badge, words
from brands.admin.scope import ScopedRelatedFilter
from brands.models import Role
from training.admin.conversation import declared_names
from training.admin.review import review_page
from training.models import Dataset, DatasetVersion, Example, Split, TrainingRun


@admin.register(Dataset)
class DatasetAdmin(Readable):
    list_display = ("name", "approved", "waiting", "versions_count", "team", "created_at")
    list_filter = (("team", ScopedRelatedFilter),)
    list_select_related = ("team",)
    search_fields = ("name", "slug", "description")
    change_form_outer_before_template = "admin/training/dataset.html"
    empty_hint = _("A dataset gathers the examples a model learns from. The demo loads two packs.")
    empty_command = "manage.py demo"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if not is_list(request):
            return rows
        rows = rows.annotate(
            approved_rows=counted(Example, state=Example.State.APPROVED),
            waiting_rows=counted(Example, state__in=[Example.State.DRAFT, Example.State.IN_REVIEW]),
            version_rows=counted(DatasetVersion),
        )
        return rows

    def get_urls(self) -> list[URLPattern]:
        review = self.admin_site.admin_view(self.review_view)
        return [path("<int:pk>/review/", review, name="training_dataset_review"), *super().get_urls()]

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        dataset = self.get_queryset(request).filter(pk=pk).first()
        if dataset is None:
            raise Http404
        return review_page(request, self, dataset)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None else {"slug": ("name",)}

    @admin.display(description=_("approved"), ordering="approved_rows")
    def approved(self, dataset: Any) -> int:
        return dataset.approved_rows or 0

    @admin.display(description=_("waiting"), ordering="waiting_rows")
    def waiting(self, dataset: Any) -> int:
        return dataset.waiting_rows or 0

    @admin.display(description=_("versions"), ordering="version_rows")
    def versions_count(self, dataset: Any) -> int:
        return dataset.version_rows or 0

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        tally = tallied(row)
        names = dict(Example.State.choices)
        return {
            "dataset": row,
            "states": [
                {
                    "badge": badge(state, names.get(state, state)),
                    "train": train,
                    "held_out": held_out,
                    "address": list_address(Example, dataset__id__exact=row.pk, state__exact=state),
                }
                for state, (train, held_out) in tally.items()
            ],
            "examples_address": list_address(Example, dataset__id__exact=row.pk),
            "in_review": sum(tally.get(Example.State.IN_REVIEW, ())),
            "may_review": self.reaches(request, Role.REVIEWER, row),
            "versions": [
                {
                    "link": link(version),
                    "rows": version.rows,
                    "sha256": version.sha256[:12],
                    "version": version,
                }
                for version in row.versions.select_related("dataset").order_by("-number")[:20]
            ],
        }


def tallied(dataset: Dataset) -> dict[str, tuple[int, int]]:
    """How many rows for training and how many held out the dataset has, by state; read off one index."""
    found = dataset.examples.order_by().values_list("state", "split").annotate(rows=Count("*"))
    counts = {(state, split): rows for state, split, rows in found}
    states = [state for state in Example.State.values if any(key[0] == state for key in counts)]
    return {s: (counts.get((s, Split.TRAIN), 0), counts.get((s, Split.HELD_OUT), 0)) for s in states}


def is_list(request: HttpRequest) -> bool:
    """Whether the list is asked for: only there every dataset's rows are counted."""
    return bool(request.resolver_match and request.resolver_match.view_name.endswith("_changelist"))


def counted(model: Any, **filters: Any) -> Subquery:
    """How many rows of `model` a dataset has, counted by themselves so that joins do not multiply."""
    rows = model.objects.filter(dataset=OuterRef("pk"), **filters).order_by().values("dataset")
    return Subquery(rows.annotate(count=Count("pk")).values("count"))


@admin.register(DatasetVersion)
class DatasetVersionAdmin(Record):
    list_display = ("name_text", "rows", "short_hash", "team", "created_at")
    list_filter = (("dataset", ScopedRelatedFilter), ("team", ScopedRelatedFilter))
    search_fields = ("dataset__name", "sha256")
    change_form_outer_before_template = "admin/training/dataset_version.html"
    empty_hint = _("A version is a dataset frozen and hashed, so that a run can be repeated.")
    empty_command = "manage.py freeze DATASET"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("dataset", "team")

    @admin.display(description=_("version"), ordering="dataset__name")
    def name_text(self, version: Any) -> str:
        return str(version)

    @admin.display(description="SHA-256")
    def short_hash(self, version: Any) -> str:
        return f"{version.sha256:.12}"

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        bars, rest = split_statistics(row.statistics)
        return {
            "version": row,
            "dataset": link(row.dataset),
            "tools": declared_names(row.tools),
            "bars": bars,
            "facts": facts(rest),
            "runs": [
                {"link": link(run), "badge": state_badge(run)}
                for run in TrainingRun.objects.visible_to(request.user).filter(dataset_version=row)[:20]
            ],
            "examples_address": list_address(Example, dataset__id__exact=row.dataset_id),
            "is_here": row.path.is_file(),
        }


def split_statistics(statistics: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The counts that can be drawn as bars, and the rest as facts."""
    bars, rest = [], {}
    for name, value in statistics.items() if isinstance(statistics, Mapping) else ():
        counts = {k: number(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
        if counts and all(count is not None and count >= 0 for count in counts.values()):
            bars.append({"title": words(name), "rows": bar_rows({k: v or 0.0 for k, v in counts.items()})})
        else:
            rest[name] = value
    return bars, rest


def bar_rows(counts: Mapping[str, float]) -> list[dict[str, str]]:
    highest = max(counts.values()) or 1.0
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])[:40]
    return [
        {
            "label": bar_label(name),
            "count": plain(int(count) if count == int(count) else count),
            "width": f"{100 * count / highest:.1f}",
        }
        for name, count in ordered
    ]


def bar_label(name: str) -> str:
    """What is counted, in words: a language by its name, True as yes."""
    languages = dict(settings.LANGUAGES)
    if name in languages:
        return str(gettext(str(languages[name])))
    return plain(name) if name in ("True", "False") else words(name) or "—"
