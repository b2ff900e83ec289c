"""The form of an example: what a curator may decide about a row beside what it says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from training.services.review import is_here_already


class ExampleForm(forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "context" in self.fields:
            self.fields["context"].strip = False  # type: ignore[attr-defined]

    def clean_context(self) -> str:
        """As it is stored: browsers send every line end as two characters."""
        return str(self.cleaned_data["context"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        brand = self.cleaned_data.get("brand")
        if brand is not None and self.instance.dataset_id and brand.team_id != self.instance.dataset.team_id:
            raise ValidationError({"brand": _("This brand belongs to another team than the dataset.")})
        if self.instance.pk and is_here_already(self.instance, self.cleaned_data):
            raise ValidationError(_("The dataset has a row already that says the same on this side of the split."))
        return cleaned

    def changed_columns(self) -> dict[str, Any]:
        """What the person changed, by column."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        if "brand" in changed:
            changed["brand_id"] = getattr(changed.pop("brand"), "pk", None)
        return changed
