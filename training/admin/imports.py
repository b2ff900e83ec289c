"""Importing on the admin's pages: a file and a dry run first, then what it would bring, then for good."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST

from background.errors import ProblemError
from background.models import JobState
from brands.admin.pieces import address, link, list_address, state_badge, words
from brands.admin.scope import ScopedRelatedFilter, is_superuser
from brands.models import Role
from training.admin.import_form import ImportForm
from training.admin.mapping import MappingForm, seen_in
from training.admin.run_page import percent
from training.admin.trials import TriedFirst
from training.errors import TemplateDrift, UnreadableTemplate
from training.models import BaseModel, Example, Import
from training.services.imports import again, keep, launch_import, new_import
from training.services.rendering import Rendering, rendering_for

OUTCOMES = {
    "rows": _l("Rows in the file"),
    "imported": _l("Rows imported"),
    "examples": _l("Examples made of them"),
    "duplicate": _l("Skipped: here already"),
    "near_duplicate": _l("Skipped: nearly the same as another"),
    "unreadable": _l("Skipped: not readable"),
    "error": _l("Findings: errors"),
    "warning": _l("Findings: warnings"),
    "notice": _l("Findings: notices"),
}


@admin.register(Import)
class ImportAdmin(TriedFirst):
    """A file is uploaded and tried; its page shows what would come of it."""

    form = ImportForm
    fields = ("into", "file", "format", "sheet", "near")
    list_display = ("file_name", "badge", "dataset", "kind", "imported", "created_at")
    list_filter = ("state", "dry_run", ("dataset", ScopedRelatedFilter))
    list_select_related = ("dataset", "team")
    search_fields = ("file_name",)
    change_form_outer_before_template = "admin/training/import.html"
    empty_hint = _l("An import brings a file's rows into a dataset, after a dry run that changes nothing.")
    empty_command = "manage.py import_examples FILE --dataset SLUG --dry-run"

    def kept(self, row: Any, user: Any) -> Import:
        return keep(dry_run=row, user=user)

    def skips(self, row: Any) -> tuple[Path, str]:
        return row.skips_path, f"{row.file_name}.skips.jsonl"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        chosen = form.cleaned_data
        row = new_import(
            dataset=chosen["into"],
            file=chosen["file"],
            name=chosen["file"].name,
            format=chosen["format"],
            options={"sheet": chosen["sheet"], "near": chosen["near"]},
            user=request.user,
        )
        obj.__dict__.update(row.__dict__)
        launch_import(row=row)

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_POST(self.again_view))
        return [path("<uuid:pk>/again/", again, name="training_import_again"), *super().get_urls()]

    def again_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Another dry run with the choices made; choices that do not go together come back with the reason."""
        row = self.found(request, pk, Role.CURATOR)
        form = MappingForm(row, request.POST)
        if not form.is_valid():
            chosen = {name: request.POST[name] for name in form.fields if name in request.POST}
            return HttpResponseRedirect(f"{address(row)}?{urlencode(chosen)}")
        choices = {"format": form.cleaned_data["format"], "options": form.options()}
        return self.sent(request, row, lambda: again(row=row, user=request.user, **choices))

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        done = row.state == JobState.COMPLETED
        rendering = rendering_for(request.GET.get("base", ""))
        may_curate = self.reaches(request, Role.CURATOR, row)
        counts = row.counts if isinstance(row.counts, Mapping) else {}
        faults = [fault for fault in listed(row.faults) if isinstance(fault, Mapping)]
        return {
            "import": row,
            "badge": state_badge(row),
            "percent": percent(row),
            "dataset": link(row.dataset),
            "tally": counts,
            "counts": [(label, counts[name]) for name, label in OUTCOMES.items() if counts.get(name)],
            "faults": faults,
            "skipped": bool(faults) and row.skips_path.is_file(),
            "rendering": rendering,
            "bases": BaseModel.objects.all(),
            "samples": [rendered(sample, rendering) for sample in listed(row.samples) if isinstance(sample, Mapping)],
            "may_keep": done and row.dry_run and may_curate,
            "mapping": mapping_form(request, row) if row.is_over and row.dry_run and may_curate else None,
            "kept_address": list_address(Example, dataset__id__exact=row.dataset_id, state__exact="draft"),
            "traceback": row.traceback if is_superuser(request) else "",
        }

    @admin.display(description=_l("state"), ordering="state")
    def badge(self, row: Any) -> str:
        return state_badge(row)

    @admin.display(description=_l("kind"), ordering="dry_run")
    def kind(self, row: Any) -> str:
        return _("dry run") if row.dry_run else _("for good")

    @admin.display(description=_l("rows"))
    def imported(self, row: Any) -> str:
        counts = row.counts if isinstance(row.counts, Mapping) else {}
        return f"{counts.get('imported', 0)} / {counts.get('rows', 0)}" if counts else "—"


def mapping_form(request: HttpRequest, row: Import) -> MappingForm | None:
    """With what was chosen in vain before, if anything; None where there is nothing to choose from any more."""
    seen = seen_in(row)
    if not (seen["columns"] or seen["sheets"]) or not row.path.is_file():
        return None
    return MappingForm(row, request.GET if "format" in request.GET else None)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def rendered(sample: Mapping[str, Any], rendering: Rendering) -> dict[str, Any]:
    """The row as a model would read it, with what is trained on told apart."""
    return {"task": words(sample.get("task", "")), "parts": parts(sample, rendering)}


def parts(sample: Mapping[str, Any], rendering: Rendering) -> list[tuple[str, bool]]:
    try:
        return rendering.parts(sample)
    except (UnreadableTemplate, TemplateDrift) as problem:
        return [(str(problem), False)]
    except (ProblemError, LookupError, TypeError, AttributeError):
        return [(_("This row cannot be shown in this template."), False)]
