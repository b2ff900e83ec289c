"""Tools, examples, and the frozen versions a model is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.fields import SafeJSONField
from brands.models import Brand, TeamOwned


class Tool(TeamOwned):
    """One version of a tool's JSON Schema; the highest version of a name is the current one."""

    name = models.CharField(_("name"), max_length=128)
    version = models.PositiveIntegerField(_("version"), default=1)
    description = models.TextField(_("description"), blank=True)
    schema = SafeJSONField(_("schema"), help_text=_("OpenAI-style function declaration."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "-version"]
        constraints = [models.UniqueConstraint(fields=["team", "name", "version"], name="tool_version_in_team")]
        verbose_name, verbose_name_plural = _("tool"), _("tools")

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Dataset(TeamOwned):
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=60)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["team", "slug"], name="dataset_slug_in_team")]
        verbose_name, verbose_name_plural = _("dataset"), _("datasets")

    def __str__(self) -> str:
        return self.name


class Split(models.TextChoices):
    TRAIN = "train", _("train")
    HELD_OUT = "held_out", _("held out")


class Example(models.Model):
    """One row in the canonical shape: OpenAI-style messages and the tools they call, arguments as objects.

    A held-out row may end before the assistant's turn; then `expected` says what a right answer holds.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        ARCHIVED = "archived", _("archived")

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="examples", verbose_name=_("dataset"))
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.DRAFT)
    split = models.CharField(_("split"), max_length=16, choices=Split.choices, default=Split.TRAIN)
    task = models.CharField(_("task"), max_length=40)
    language = models.CharField(_("language"), max_length=8, blank=True)
    messages = SafeJSONField(_("messages"))
    tools = SafeJSONField(_("tools"), default=list, blank=True)
    brand = models.ForeignKey(
        Brand, models.SET_NULL, null=True, blank=True, related_name="examples", verbose_name=_("brand")
    )
    context = models.TextField(
        _("context"), blank=True, help_text=_("Facts to read; when empty, the brand's card is used.")
    )
    expected = SafeJSONField(_("expected"), default=dict, blank=True)
    group = models.CharField(_("group"), max_length=120, blank=True, help_text=_("Kept on one side of a split."))
    kind = models.CharField(_("kind"), max_length=40, blank=True, help_text=_("Of held-out row, reported apart."))
    synthetic = models.BooleanField(_("synthetic"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True, help_text=_("File and row it came from."))
    content_hash = models.CharField(_("content hash"), max_length=64)
    imported_by = models.ForeignKey(
        "training.Import", models.SET_NULL, null=True, blank=True, related_name="examples", verbose_name=_("import")
    )
    made_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="made", verbose_name=_("made from")
    )
    augmented_by = models.ForeignKey(
        "training.Augmentation",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="examples",
        verbose_name=_("augmentation"),
    )
    claimed_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("claimed by")
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, help_text=_("Why it was rejected."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dataset", "content_hash"], name="example_once_in_dataset")]
        indexes = [
            models.Index(fields=["dataset", "state", "split"], name="example_by_state"),
            models.Index(fields=["state", "id"], name="example_of_state"),
        ]
        verbose_name, verbose_name_plural = _("example"), _("examples")

    def __str__(self) -> str:
        asked = (m.get("content") for m in self.messages if isinstance(m, dict) and m.get("role") == "user")
        return str(next(asked, "") or "")[:80]


class DatasetVersion(TeamOwned):
    """An immutable copy of a dataset's approved rows: a JSONL file, its hash and what is in it."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="versions", verbose_name=_("dataset"))
    number = models.PositiveIntegerField(_("number"))
    sha256 = models.CharField("SHA-256", max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    tools = SafeJSONField(_("tools"), default=list, blank=True, help_text=_("Declarations in curriculum order."))
    tool_versions = SafeJSONField(_("tool versions"), default=dict, blank=True, help_text=_("Version by tool name."))
    stale_tools = SafeJSONField(
        _("stale tools"), default=list, blank=True, help_text=_("Names of tools whose schema has changed since.")
    )
    seed = models.PositiveIntegerField(_("seed"), null=True, blank=True, help_text=_("Of a drawn split."))
    statistics = SafeJSONField(_("statistics"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number"),
            models.UniqueConstraint(fields=["dataset", "sha256"], name="dataset_version_once"),
        ]
        verbose_name, verbose_name_plural = _("dataset version"), _("dataset versions")

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"

    @property
    def path(self) -> Path:
        """The frozen rows, one JSON object a line."""
        return Path(settings.VAR_DIR) / "datasets" / str(self.dataset_id) / f"{self.sha256}.jsonl"
