"""The form that uploads a file for a dry run."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _l
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from training.admin.mapping import FORMAT_CHOICES
from training.models import Dataset, Import
from training.services.imports import AUTO


class ImportForm(forms.ModelForm):  # type: ignore[type-arg]
    """Its dataset is called `into`, because Unfold takes a posted `dataset` for one of its own."""

    into = forms.ModelChoiceField(Dataset.objects.none(), label=_l("Into the dataset"), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=_l("File"),
        help_text=_l("JSON, JSON Lines, CSV or XLSX, of any size."),
        widget=UnfoldAdminFileFieldWidget,
    )
    format = forms.ChoiceField(
        label=_l("Format"),
        choices=FORMAT_CHOICES,
        initial=AUTO,
        widget=UnfoldAdminSelectWidget,
    )
    sheet = forms.CharField(
        label=_l("Sheet"),
        required=False,
        help_text=_l("Of an XLSX file; empty is the first."),
        widget=UnfoldAdminTextInputWidget,
    )
    near = forms.BooleanField(
        label=_l("Skip rows that are nearly the same"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )

    class Meta:
        model = Import
        fields = ("format",)
