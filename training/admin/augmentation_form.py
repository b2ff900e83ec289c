"""What is chosen for an augmentation, on the admin's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from brands.admin.pieces import words
from training.augmenting.industries import templates
from training.errors import AugmentationRefused
from training.models import Augmentation, Dataset
from training.services.augmentation import LARGEST_SEED, MOST_ROWS, checked
from training.services.augmented_rows import packs_with_values


class OptionalJSON(forms.JSONField):
    """JSON that may be left out: an empty field is empty, not `null`."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class AugmentationForm(forms.ModelForm):  # type: ignore[type-arg]
    """Its dataset is called `into`, because Unfold takes a posted `dataset` for one of its own."""

    into = forms.ModelChoiceField(Dataset.objects.none(), label=_l("Dataset"), widget=UnfoldAdminSelectWidget)
    method = forms.ChoiceField(label=_l("Method"), choices=Augmentation.Method.choices, widget=UnfoldAdminSelectWidget)
    count = forms.IntegerField(
        label=_l("New rows, at most"),
        min_value=1,
        max_value=MOST_ROWS,
        initial=50,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    seed = forms.IntegerField(
        label=_l("Seed"),
        min_value=0,
        max_value=LARGEST_SEED,
        initial=1,
        help_text=_l("The same seed makes the same rows of the same dataset."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    industries = forms.MultipleChoiceField(
        label=_l("Industries"),
        required=False,
        help_text=_l("None chosen is all of them."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    pack = forms.ChoiceField(
        label=_l("Values of a pack"),
        required=False,
        help_text=_l("Without a pack, values come from the dataset's other rows, and some are invented."),
        widget=UnfoldAdminSelectWidget,
    )
    values = OptionalJSON(
        label=_l("Values of your own"),
        required=False,
        help_text=_l('By argument and language: {"song_name": {"en": ["Yellow"], "th": ["ก่อน"]}}'),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    class Meta:
        model = Augmentation
        fields = ("method", "seed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["industries"].choices = [(name, words(name)) for name in templates()]  # type: ignore[attr-defined]
        packs = [(name, name) for name in packs_with_values()]
        self.fields["pack"].choices = [("", _("none")), *packs]  # type: ignore[attr-defined]

    def options(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        return {name: chosen[name] for name in ("industries", "pack", "values") if chosen.get(name)}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            chosen = self.cleaned_data
            try:
                checked(chosen["method"], chosen["count"], chosen["seed"], self.options())
            except AugmentationRefused as problem:
                raise ValidationError(str(problem)) from problem
        return cleaned
