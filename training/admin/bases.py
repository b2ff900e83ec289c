"""The catalogue of base models: everybody reads it, superusers keep it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.form_fields import LinesField
from brands.admin.pages import Readable
from brands.admin.pieces import fact, link, list_address
from brands.admin.scope import is_superuser, memberships
from training.models import BaseModel, TrainingRun
from training.services.bases import is_on_hub, on_this_machine


@admin.register(BaseModel)
class BaseModelAdmin(Readable):
    team_path = ""
    list_display = ("name", "size", "architecture", "model_type", "licence", "gated", "here")
    list_filter = ("architecture", "gated")
    search_fields = ("name", "slug", "source")
    change_form_outer_before_template = "admin/training/base_model.html"
    empty_hint = _("Base models are what training starts from. The demo fills the catalogue.")
    empty_command = "manage.py demo"

    def get_queryset(self, request: HttpRequest) -> Any:
        return BaseModel.objects.select_related("fallback")

    def reaches(self, request: HttpRequest, role: str, row: Any = None) -> bool:
        """A base belongs to nobody: members read, superusers edit."""
        return is_superuser(request) or (role == self.view_role and bool(memberships(request)))

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in {"dtypes", "lora_modules"}:
            label = str(db_field.verbose_name)
            return LinesField(label=label[:1].upper() + label[1:], required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "base": row,
            "facts": [
                fact(str(_("Source")), row.source),
                fact(str(_("Revision")), row.revision or str(_("none yet: it is pinned when it is first used"))),
                fact(str(_("Architecture")), str(row.get_architecture_display())),
                fact(str(_("Parameters")), size(row.parameters)),
                fact(str(_("Safe dtypes")), row.dtypes),
                fact(str(_("LoRA modules")), row.lora_modules),
                fact(str(_("Licence")), row.licence),
                fact(str(_("Gated")), row.gated),
            ],
            "fallback": link(row.fallback),
            "is_here": on_this_machine(row) is not None,
            "is_on_hub": is_on_hub(row),
            "runs_address": list_address(TrainingRun, base__id__exact=row.pk),
        }

    @admin.display(description=_("parameters"), ordering="parameters")
    def size(self, base: Any) -> str:
        return size(base.parameters)

    @admin.display(description=_("on this machine"), boolean=True)
    def here(self, base: Any) -> bool:
        return on_this_machine(base) is not None


def size(parameters: int) -> str:
    """How many weights, as people say it: 7.6 B, 268 M."""
    for unit, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if parameters >= unit:
            return f"{parameters / unit:.3g} {letter}"
    return str(parameters)
