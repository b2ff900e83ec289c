"""The page of a model version: what it is for, how good it is, where it came from, what it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.pages import Record
from brands.admin.pieces import address, link, list_address, state_badge
from brands.admin.scope import ScopedRelatedFilter
from training.admin.dot_plot import measures
from training.admin.stale import stale_page
from training.models import ModelState, ModelVersion, Slot

WRITTEN = 8

PURPOSES = {
    Slot.THINKER: _("Writes: captions, messages in a brand's voice and campaign briefs, from the facts it is given."),
    Slot.EXECUTOR: _("Calls tools: turns a wish in plain words into tool calls with the right arguments."),
}
STANDINGS = {
    "candidate": _("A candidate: trained, and not yet put to work."),
    "promoted": _("Promoted: it does this job for the team."),
    "retired": _("Retired: another version took over. It can be rolled back to."),
}


@admin.register(ModelVersion)
class ModelVersionAdmin(Record):
    list_display = ("name_text", "badge", "base", "run", "team", "created_at")
    list_filter = ("slot", "state", ("team", ScopedRelatedFilter))
    search_fields = ("run__name", "base__name")
    change_form_outer_before_template = "admin/training/model_version.html"
    empty_hint = _("A model version is what a completed run leaves behind. The demo trains and promotes two.")
    empty_command = "manage.py demo"

    @admin.display(description=_("model"), ordering="slot")
    def name_text(self, version: Any) -> str:
        return f"{version.get_slot_display()} v{version.number}"

    @admin.display(description=_("state"), ordering="state")
    def badge(self, version: Any) -> str:
        return state_badge(version)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ("base", "run__dataset_version__dataset", "team", "promoted_by")
        return super().get_queryset(request).select_related(*related)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "version": row,
            "badge": state_badge(row),
            "purpose": PURPOSES.get(row.slot, row.get_slot_display()),
            "standing": STANDINGS.get(row.state, ""),
            "stale": stale_page(row.run.dataset_version.stale_tools, promoted=row.state == ModelState.PROMOTED),
            "origin": origin(row),
            "evaluations": reports(row),
            "files": files(row.manifest),
            "written": written(row),
        }


def origin(version: Any) -> list[dict[str, Any]]:
    run = version.run
    return [
        {"label": _("Training run"), "link": link(run)},
        {"label": _("Learned from"), "link": link(run.dataset_version)},
        {"label": _("Base model"), "link": link(version.base)},
        {"label": _("Team"), "text": version.team},
        {"label": _("Made"), "moment": version.created_at},
        {"label": _("Promoted"), "moment": version.promoted_at},
        {"label": _("Promoted by"), "text": version.promoted_by or "—"},
    ]


def reports(version: Any) -> list[dict[str, Any]]:
    """Its latest evaluations, with their figures."""
    found = version.evaluations.select_related("model_version", "dataset_version__dataset")[:4]
    return [
        {"row": each, "link": link(each), "badge": state_badge(each), "measures": measures(each.scores)}
        for each in found
    ]


def files(manifest: Any) -> list[dict[str, Any]]:
    """Adapter and merged files with their checksums."""
    titles = {"adapter": _("Adapter (LoRA weights)"), "merged": _("Merged weights")}
    groups = manifest.items() if isinstance(manifest, Mapping) else ()
    return [
        {
            "title": titles.get(name, name),
            "files": [(str(file), str(digest)) for file, digest in sorted(checksums.items())],
        }
        for name, checksums in groups
        if isinstance(checksums, Mapping)
    ]


def written(version: Any) -> dict[str, Any]:
    """What it wrote last. Content is a room to the left, so it is asked for by name."""
    content = apps.get_model("generation.Content")
    rows = content._default_manager.filter(model_version=version).select_related("brand")
    shown = [{"row": row, "address": address(row)} for row in rows[: WRITTEN + 1]]
    return {
        "rows": shown[:WRITTEN],
        "more": list_address(content, model_version__id__exact=version.pk) if len(shown) > WRITTEN else "",
    }
