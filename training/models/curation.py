"""How examples come in and become approved: imports, what checks found, and who changed what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from background.models import BackgroundJob
from brands.fields import SafeJSONField
from brands.models import TeamOwned
from training.models.data import Dataset, Example


class Import(TeamOwned, BackgroundJob):
    """One file on its way into a dataset; a dry run reads and checks it all and keeps nothing but the counts."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="imports", verbose_name=_("dataset"))
    file_name = models.CharField(_("file"), max_length=200)
    format = models.CharField(_("format"), max_length=40, default="auto")
    options = SafeJSONField(_("options"), default=dict, blank=True, help_text=_("Columns, sheet, near duplicates."))
    dry_run = models.BooleanField(_("dry run"), default=True)
    counts = SafeJSONField(_("counts"), default=dict, blank=True)
    faults = SafeJSONField(_("faults"), default=list, blank=True, help_text=_("The first rows that were skipped."))
    samples = SafeJSONField(_("samples"), default=list, blank=True, help_text=_("The first rows as they are kept."))
    created_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("import"), _("imports")

    def __str__(self) -> str:
        return self.file_name

    @property
    def directory(self) -> Path:
        return Path(settings.VAR_DIR) / "imports" / str(self.pk)

    @property
    def path(self) -> Path:
        """The file as it was given."""
        return self.directory / "source"

    @property
    def skips_path(self) -> Path:
        """Every row that was not imported, one JSON object a line: row, field, outcome, reason."""
        return self.directory / "skips.jsonl"


class Augmentation(TeamOwned, BackgroundJob):
    """New synthetic rows made from what a dataset has; they wait for review like any other draft."""

    class Method(models.TextChoices):
        BRANDS = "brands", _("synthetic brands")
        VALUES = "values", _("other values")
        WORDINGS = "wordings", _("other wordings")
        MODEL = "model", _("a model's suggestions")

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="augmentations", verbose_name=_("dataset"))
    method = models.CharField(_("method"), max_length=16, choices=Method.choices)
    options = SafeJSONField(_("options"), default=dict, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=1)
    counts = SafeJSONField(_("counts"), default=dict, blank=True)
    created_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("augmentation"), _("augmentations")

    def __str__(self) -> str:
        return f"{self.get_method_display()} · {self.dataset}"


class Finding(models.Model):
    """What a check found in an example; the rows of one example are replaced whenever it is checked."""

    class Severity(models.TextChoices):
        ERROR = "error", _("error")
        WARNING = "warning", _("warning")
        NOTICE = "notice", _("notice")

    example = models.ForeignKey(Example, models.CASCADE, related_name="findings", verbose_name=_("example"))
    code = models.CharField(_("code"), max_length=40)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    where = models.CharField(_("where"), max_length=200, blank=True)
    message = models.TextField(_("message"))
    cure = models.TextField(_("cure"), blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["code", "example"], name="finding_by_code")]
        verbose_name, verbose_name_plural = _("finding"), _("findings")

    def __str__(self) -> str:
        return self.message


class Change(models.Model):
    """One step in an example's life: who did it, when, why, and the columns before and after."""

    class Action(models.TextChoices):
        EDIT = "edit", _("edited")
        SUBMIT = "submit", _("sent to review")
        APPROVE = "approve", _("approved")
        REJECT = "reject", _("rejected")
        ARCHIVE = "archive", _("archived")
        RESTORE = "restore", _("back to draft")
        UNDO = "undo", _("undone")

    example = models.ForeignKey(Example, models.CASCADE, related_name="changes", verbose_name=_("example"))
    action = models.CharField(_("action"), max_length=16, choices=Action.choices)
    reason = models.TextField(_("reason"), blank=True)
    before = SafeJSONField(_("before"), default=dict, blank=True)
    after = SafeJSONField(_("after"), default=dict, blank=True)
    user: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("change"), _("changes")

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.example_id}"
