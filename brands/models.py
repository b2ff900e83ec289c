"""What a team knows: who belongs to it, and the brands it speaks for."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.cards import FIELDS
from brands.fields import SafeJSONField, check_text_list


class Team(models.Model):
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    members: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="teams"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("team"), _("teams")

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do; each role may do what those before it may."""

    VIEWER = "viewer", _("viewer")
    CREATOR = "creator", _("creator")
    REVIEWER = "reviewer", _("reviewer")
    CURATOR = "curator", _("curator")
    ADMIN = "admin", _("admin")


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name=_("team"))
    user: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team")]
        verbose_name, verbose_name_plural = _("membership"), _("memberships")

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.get_role_display()}"

    def may(self, role: str) -> bool:
        """Whether this membership reaches `role`."""
        order = list(Role.values)
        return order.index(self.role) >= order.index(role)


class TeamQuerySet(models.QuerySet[Any]):
    def of(self, team: Team) -> Self:
        return self.filter(team=team)

    def visible_to(self, user: Any) -> Self:
        """Rows of the teams the user belongs to; everything for a superuser."""
        return self if user.is_superuser else self.filter(team__memberships__user=user)


class TeamOwned(models.Model):
    """A row that belongs to a team and is only ever read through it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="+", verbose_name=_("team"))

    objects = TeamQuerySet.as_manager()

    class Meta:
        abstract = True


class Brand(TeamOwned):
    """A brand's facts. `translations` holds, per language, the facts that read differently in it."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=60)
    industry = models.CharField(_("industry"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    tone = SafeJSONField(_("tone"), default=list, blank=True, validators=[check_text_list])
    target_audience = models.CharField(_("target audience"), max_length=300, blank=True)
    core_values = SafeJSONField(_("core values"), default=list, blank=True, validators=[check_text_list])
    visual_style = models.CharField(_("visual style"), max_length=300, blank=True)
    products = SafeJSONField(_("products"), default=list, blank=True, validators=[check_text_list])
    hashtags = SafeJSONField(_("hashtags"), default=list, blank=True, validators=[check_text_list])
    banned_words = SafeJSONField(_("banned words"), default=list, blank=True, validators=[check_text_list])
    languages = SafeJSONField(_("languages"), default=list, blank=True, validators=[check_text_list])
    synthetic = models.BooleanField(_("synthetic"), default=False, help_text=_("Invented, to teach variety."))
    translations = SafeJSONField(
        _("translations"), default=dict, blank=True, help_text=_('{"th": {"description": "…"}}')
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["team", "slug"], name="brand_slug_in_team")]
        verbose_name, verbose_name_plural = _("brand"), _("brands")

    def __str__(self) -> str:
        return self.name

    def facts(self) -> dict[str, Any]:
        """The facts as `brands.cards` and the scorers read them."""
        return {name: getattr(self, name) for name in (*FIELDS, "banned_words", "translations")}
