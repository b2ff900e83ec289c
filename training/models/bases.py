"""The catalogue of models one can start from. Shared by all teams: a base belongs to nobody."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.fields import SafeJSONField


class BaseModel(models.Model):
    class Architecture(models.TextChoices):
        CAUSAL = "causal", _("decoder only")
        SEQ2SEQ = "seq2seq", _("encoder and decoder")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("source"), max_length=300, help_text=_("Hub name, or a folder of this project."))
    revision = models.CharField(_("revision"), max_length=64, blank=True, help_text=_("Pinned commit on the hub."))
    architecture = models.CharField(_("architecture"), max_length=16, choices=Architecture.choices)
    model_type = models.CharField(_("model type"), max_length=40)
    dtypes = SafeJSONField(_("safe dtypes"), default=list, help_text=_("In order of preference."))
    lora_modules = SafeJSONField(_("LoRA modules"), default=list)
    parameters = models.BigIntegerField(_("parameters"), default=0)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    gated = models.BooleanField(_("gated"), default=False)
    note = models.TextField(_("note"), blank=True)
    fallback = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, verbose_name=_("fallback"))

    class Meta:
        ordering = ["parameters", "slug"]
        verbose_name, verbose_name_plural = _("base model"), _("base models")

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path | None:
        """Where the weights lie, for a base that ships with the project or is a local folder."""
        for path in (Path(settings.STARTERS_DIR) / self.source, Path(self.source)):
            if (path / "config.json").is_file():
                return path
        return None
