"""What a model made, for whom, from what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from background.models import BackgroundJob
from brands.fields import SafeJSONField
from brands.models import Brand, TeamOwned
from training.models import ModelVersion


class Content(TeamOwned, BackgroundJob):
    """A brief and what came of it: a text, or tool calls. Sources and checks stand beside it."""

    class Kind(models.TextChoices):
        CAPTION = "caption", _("caption")
        BRAND_VOICE = "brand_voice", _("brand voice")
        CAMPAIGN_BRIEF = "campaign_brief", _("campaign brief")
        TOOL_CALLS = "tool_calls", _("tool calls")

    kind = models.CharField(_("kind"), max_length=40, choices=Kind.choices)
    brand = models.ForeignKey(
        Brand, models.SET_NULL, null=True, blank=True, related_name="contents", verbose_name=_("brand")
    )
    language = models.CharField(_("language"), max_length=8, blank=True)
    brief = models.TextField(_("brief"))
    context = models.TextField(_("context"), blank=True, help_text=_("The facts the model read."))
    tools = SafeJSONField(_("tools"), default=list, blank=True, help_text=_("Names the model could call."))
    text = models.TextField(_("text"), blank=True)
    calls = SafeJSONField(_("calls"), default=list, blank=True)
    checks = SafeJSONField(_("checks"), default=dict, blank=True)
    model_version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contents",
        verbose_name=_("model version"),
    )
    created_by: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("content"), _("contents")

    def __str__(self) -> str:
        return (self.text or self.brief)[:80]
