"""A training run, its stages and what was measured while it ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from background.models import BackgroundJob
from brands.fields import SafeJSONField
from brands.models import TeamOwned
from training.models.bases import BaseModel
from training.models.data import DatasetVersion
from training.models.registry import Slot


class TrainingRun(TeamOwned, BackgroundJob):
    """One run through its stages, following `plan` to the letter."""

    name = models.CharField(_("name"), max_length=160)
    slot = models.CharField(_("slot"), max_length=40, choices=Slot.choices)
    base = models.ForeignKey(BaseModel, models.PROTECT, related_name="runs", verbose_name=_("base model"))
    dataset_version = models.ForeignKey(
        DatasetVersion, models.PROTECT, related_name="runs", verbose_name=_("dataset version")
    )
    plan = SafeJSONField(_("plan"), default=dict)
    results = SafeJSONField(_("results"), default=dict, blank=True)
    code_version = models.CharField(_("code version"), max_length=40, blank=True)
    created_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("launched by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("training run"), _("training runs")

    def __str__(self) -> str:
        return self.name

    @property
    def directory(self) -> Path:
        return Path(settings.VAR_DIR) / "runs" / str(self.pk)


class Stage(models.Model):
    """A step of the curriculum: what it adds, and how it went."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="stages", verbose_name=_("run"))
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    tools = SafeJSONField(_("tools"), default=list, blank=True, help_text=_("Names declared in this stage."))
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.WAITING)
    steps = models.PositiveIntegerField(_("steps"), default=0)
    results = SafeJSONField(_("results"), default=dict, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="stage_number_in_run")]
        verbose_name, verbose_name_plural = _("stage"), _("stages")

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Measurement(models.Model):
    """What the trainer reported at one step; blank where it reported nothing of the kind."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="measurements", verbose_name=_("stage"))
    step = models.PositiveIntegerField(_("step"))
    loss = models.FloatField(_("loss"), null=True, blank=True)
    validation_loss = models.FloatField(_("validation loss"), null=True, blank=True)
    learning_rate = models.FloatField(_("learning rate"), null=True, blank=True)
    gradient_norm = models.FloatField(_("gradient norm"), null=True, blank=True)
    measured_at = models.DateTimeField(_("measured"), auto_now=True)

    class Meta:
        ordering = ["stage", "step"]
        constraints = [models.UniqueConstraint(fields=["stage", "step"], name="one_measurement_per_step")]
        verbose_name, verbose_name_plural = _("measurement"), _("measurements")

    def __str__(self) -> str:
        return f"{self.stage} · {self.step}"
