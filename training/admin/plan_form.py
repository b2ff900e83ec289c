"""What is chosen for a run, on the admin's page: base and stages first, then any value of the plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from training.models import BaseModel, DatasetVersion, Slot
from training.planning import Plan
from training.planning.as_text import shown
from training.planning.checks import DTYPES, OPTIMIZERS
from training.planning.presets import PRESETS

GROUPS = (
    (_l("Precision"), ("dtype", "quantised", "autocast")),
    (_l("Adapter"), ("lora_rank", "lora_alpha", "lora_dropout", "lora_modules")),
    (
        _l("Learning"),
        ("epochs", "steps", "batch", "accumulation", "learning_rate", "weight_decay", "warm_up_share", "optimizer")
        + ("gradient_checkpointing", "patience"),
    ),
    (_l("Rows"), ("longest", "seen", "rehearsal", "turns")),
    (_l("Gates"), ("gates", "floor")),
    (_l("Keeping and repeating"), ("checkpoint_every", "seed")),
)
LABELS = {
    "dtype": _l("Number format of the weights"),
    "quantised": _l("Load the base in 4 bits"),
    "autocast": _l("Compute in bfloat16"),
    "lora_rank": _l("LoRA rank"),
    "lora_alpha": _l("LoRA alpha"),
    "lora_dropout": _l("LoRA dropout"),
    "lora_modules": _l("Layers with an adapter"),
    "epochs": _l("Epochs"),
    "steps": _l("Steps"),
    "batch": _l("Rows at a time"),
    "accumulation": _l("Times a step"),
    "learning_rate": _l("Learning rate"),
    "weight_decay": _l("Weight decay"),
    "warm_up_share": _l("Share of steps to warm up"),
    "optimizer": _l("Optimizer"),
    "gradient_checkpointing": _l("Gradient checkpointing"),
    "patience": _l("Patience"),
    "longest": _l("Longest row, in tokens"),
    "seen": _l("Rows to be seen"),
    "rehearsal": _l("Rehearsed conversations"),
    "turns": _l("Rows to a conversation"),
    "gates": _l("Gates"),
    "floor": _l("Floor of earlier tools"),
    "checkpoint_every": _l("Steps between checkpoints"),
    "seed": _l("Seed"),
}
HELP = {
    "dtype": _l("Gemma 3 and T5 overflow in float16."),
    "quantised": _l("NF4 with double quantisation: a quarter of the memory of a large base; nothing on a small one."),
    "autocast": _l("Weights and optimizer keep their own format."),
    "lora_alpha": _l("How strongly the adapter counts; twice the rank is usual."),
    "lora_modules": _l("With commas between; fewer than six kinds leave most of the base as it was."),
    "steps": _l("0: as many as the epochs make."),
    "accumulation": _l("Batches added up before the weights move: saves memory, costs no accuracy."),
    "gradient_checkpointing": _l("Computes part of each step twice, to hold much less of it in memory."),
    "patience": _l("Evaluations without a lower validation loss that end a stage; 0: none do."),
    "longest": _l("A longer row is refused, never cut. As planned: room for the longest row there is."),
    "seen": _l("Where there are fewer, rows are taught again with other values."),
    "rehearsal": _l("Of a starter's own pretraining, so that it keeps what it can."),
    "turns": _l("Rows that share tools or a card are read together."),
    "gates": _l("Strict accuracy each stage must reach, such as 0.98, 0.95."),
    "floor": _l("What no tool of an earlier stage may fall below."),
    "checkpoint_every": _l("Also how often the validation loss is looked at."),
}
CHOICES = {"dtype": DTYPES, "optimizer": OPTIMIZERS}
VALUES = tuple(name for _title, names in GROUPS for name in names)


class PlanForm(forms.Form):
    """Every value of the plan may be left empty, which leaves what base, machine and preset call for."""

    base = forms.ModelChoiceField(
        BaseModel.objects.all(), label=_l("Base model"), to_field_name="slug", widget=UnfoldAdminSelectWidget
    )
    slot = forms.ChoiceField(label=_l("Job of the model"), choices=Slot.choices, widget=UnfoldAdminSelectWidget)
    preset = forms.ChoiceField(
        label=_l("Preset"),
        required=False,
        help_text=_l("The figures of a system that worked; see the table below."),
        widget=UnfoldAdminSelectWidget,
    )
    curriculum = forms.CharField(
        label=_l("Curriculum"),
        required=False,
        max_length=200,
        help_text=_l("Tools in each stage, such as 2,4,8. Empty: all rows at once."),
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, data: Any, version: DatasetVersion) -> None:
        super().__init__(data)
        self.fields["slot"].initial = Slot.EXECUTOR if version.tools else Slot.THINKER
        self.fields["base"].initial = "starter-executor" if version.tools else "starter-thinker"
        choices = [("", _("none")), *((preset.name, preset.title) for preset in PRESETS)]
        self.fields["preset"].choices = choices  # type: ignore[attr-defined]
        for name in VALUES:
            self.fields[name] = value_field(name)

    def changes(self) -> dict[str, str]:
        """The values that were given, as they were typed."""
        return {name: self.cleaned_data[name] for name in VALUES if self.cleaned_data[name]}

    def show_planned(self, plan: Plan) -> None:
        """Say in each empty field what the plan has there."""
        for name in VALUES:
            field, value = self.fields[name], shown(getattr(plan, name))
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("as planned (%s)") % value), *field.choices[1:]]  # type: ignore[index, misc]
            else:
                field.widget.attrs["placeholder"] = value

    def groups(self) -> list[dict[str, Any]]:
        """The values by what they are about; a group with a value that was given is open."""
        return [
            {
                "title": title,
                "fields": [self[name] for name in names],
                "open": any(self[name].value() or self[name].errors for name in names),
            }
            for title, names in GROUPS
        ]


def value_field(name: str) -> forms.Field:
    options: dict[str, Any] = {"label": LABELS[name], "help_text": HELP.get(name, ""), "required": False}
    kind = Plan.__dataclass_fields__[name].type
    choices = [(each, each) for each in CHOICES.get(name, ())]
    if kind == "bool":
        choices = [("yes", _("yes")), ("no", _("no"))]
    if choices:
        blank = [("", _("as planned"))]
        return forms.ChoiceField(choices=[*blank, *choices], widget=UnfoldAdminSelectWidget, **options)
    return forms.CharField(max_length=300, widget=UnfoldAdminTextInputWidget, **options)
