"""The page of a dataset: its examples by state, its frozen versions, and ways to review and to split it."""

from __future__ import annotations

from itertools import product
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from brands.admin.pages import Readable
from brands.admin.pieces import badge, link, list_address
from brands.admin.scope import ScopedRelatedFilter
from brands.models import Role
from training.admin.review import review_page
from training.admin.split_page import split_page
from training.models import Dataset, DatasetVersion, Example, Split


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
        review, split = (self.admin_site.admin_view(view) for view in (self.review_view, self.split_view))
        return [
            path("<int:pk>/review/", review, name="training_dataset_review"),
            path("<int:pk>/split/", split, name="training_dataset_split"),
            *super().get_urls(),
        ]

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return review_page(request, self, self.found(request, pk))

    def split_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return split_page(request, self, self.found(request, pk))

    def found(self, request: HttpRequest, pk: int) -> Dataset:
        dataset: Dataset | None = self.get_queryset(request).filter(pk=pk).first()
        if dataset is None:
            raise Http404
        return dataset

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
            "may_split": bool(tally) and self.has_change_permission(request, row),
            "may_curate": self.reaches(request, Role.CURATOR, row),
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
    """How many rows for training and how many held out the dataset has, by state.

    Each count walks its own part of one index, which takes half as long as grouping all of it.
    """
    pairs = list(product(Example.State.values, (Split.TRAIN, Split.HELD_OUT)))
    counts = (counted(Example, state=state, split=split) for state, split in pairs)
    found = dict(zip(pairs, Dataset.objects.values_list(*counts).get(pk=dataset.pk), strict=True))
    tally = {s: (found[s, Split.TRAIN] or 0, found[s, Split.HELD_OUT] or 0) for s in Example.State.values}
    return {state: rows for state, rows in tally.items() if any(rows)}


def is_list(request: HttpRequest) -> bool:
    """Whether the list of datasets is asked for: only there every dataset's rows are counted, not in the filters of
    other lists."""
    return bool(request.resolver_match and request.resolver_match.view_name.endswith("training_dataset_changelist"))


def counted(model: Any, **filters: Any) -> Subquery:
    """How many rows of `model` a dataset has, counted by themselves so that joins do not multiply."""
    rows = model.objects.filter(dataset=OuterRef("pk"), **filters).order_by().values("dataset")
    return Subquery(rows.annotate(count=Count("pk")).values("count"))
