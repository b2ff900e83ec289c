"""Saying which column of a file is which field, on the page of a dry run, and trying again with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.widgets import UnfoldAdminSelectWidget

from brands.admin.pieces import words
from training.formats import FORMATS
from training.formats.table import guess, mappable, missing
from training.models import Import
from training.services.imports import AUTO, SEEN

FORMAT_CHOICES = [(AUTO, _l("recognise it")), *((name, module.TITLE) for name, module in FORMATS.items())]


class MappingForm(forms.Form):
    """Format, sheet, and for each column of the file what it is."""

    format = forms.ChoiceField(label=_l("Format"), choices=FORMAT_CHOICES, widget=UnfoldAdminSelectWidget)
    sheet = forms.ChoiceField(label=_l("Sheet"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, row: Import, data: Any = None) -> None:
        super().__init__(data)
        self.row, seen = row, seen_in(row)
        self.columns: list[dict[str, Any]] = seen["columns"]
        self.fields["format"].initial = row.format
        if seen["sheets"]:
            self.fields["sheet"].choices = [(title, title) for title in seen["sheets"]]  # type: ignore[attr-defined]
            self.fields["sheet"].initial = row.options.get("sheet") or seen["sheets"][0]
        else:
            del self.fields["sheet"]
        taken = {column: field for field, column in known_mapping(row, self.names()).items()}
        for at, name in enumerate(self.names()):
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=name,
                required=False,
                choices=field_choices(),
                initial=taken.get(name, ""),
                widget=UnfoldAdminSelectWidget,
            )

    def names(self) -> list[str]:
        return [column["name"] for column in self.columns]

    def rows(self) -> list[dict[str, Any]]:
        """The columns as the page lists them: what stands in each, and its select."""
        return [{**column, "field": self[f"column-{at}"]} for at, column in enumerate(self.columns)]

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen: dict[str, str] = {}
        for at, name in enumerate(self.names()):
            field = cleaned.get(f"column-{at}")
            if field in chosen:
                text = _("The columns '%(one)s' and '%(other)s' are both %(field)s. Keep one of them.")
                raise ValidationError(text % {"one": chosen[field], "other": name, "field": words(field)})
            if field:
                chosen[field] = name
        beside = set(self.names()) - set(chosen.values())
        if chosen and cleaned.get("format") in (AUTO, *mappable()) and (lacking := missing({*chosen, *beside})):
            text = _("Say as well which column is %(fields)s.")
            raise ValidationError(text % {"fields": ", ".join(map(words, lacking))})
        return cleaned | {"columns": chosen}

    def options(self) -> dict[str, Any]:
        """The options of the next dry run."""
        made = {name: value for name, value in self.row.options.items() if name not in ("columns", "sheet", SEEN)}
        said = {"columns": self.cleaned_data["columns"], "sheet": self.cleaned_data.get("sheet", "")}
        return made | {name: value for name, value in said.items() if value}


def seen_in(row: Import) -> dict[str, Any]:
    """What the dry run has seen of the file: {"sheets": [title], "columns": [{"name", "values"}]}."""
    options = row.options if isinstance(row.options, Mapping) else {}
    seen = options.get(SEEN)
    return {"sheets": [], "columns": [], **(seen if isinstance(seen, Mapping) else {})}


def known_mapping(row: Import, names: list[str]) -> dict[str, str]:
    """The mapping the dry run was made with, or the one its columns suggest."""
    return row.options.get("columns") or guess(names)[1]


def field_choices() -> list[Any]:
    titles = {name: FORMATS[name].TITLE for name in mappable() if name}
    groups = [(titles.get(name, _("Any row")), [(f, words(f)) for f in fields]) for name, fields in mappable().items()]
    return [("", _("its own name")), *groups]
