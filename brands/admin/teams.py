"""Teams and who belongs to them. Members see their team; its admins say who is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Count, ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.scope import (
    RoleScoped,
    ScopedRelatedFilter,
    TeamScoped,
    is_superuser,
    memberships,
)
from brands.models import Membership, Role, Team

if TYPE_CHECKING:
    UnfoldTabularInline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import TabularInline as UnfoldTabularInline


def known_people(request: HttpRequest) -> QuerySet[Any]:
    """Whom a person may put into a team: everybody for a superuser, else those they share a team with."""
    people = get_user_model()._default_manager.all()
    if is_superuser(request):
        return people
    return people.filter(memberships__team__in=list(memberships(request))).distinct()


class MembershipInline(RoleScoped, UnfoldTabularInline):
    model = Membership
    fields = ("user", "role")
    extra = 0
    edit_role = Role.ADMIN

    def team_pk(self, row: Any) -> Any:
        return row.pk  # an inline is asked about the row it stands under: the team

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "team")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name == "user":
            kwargs["queryset"] = known_people(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Team)
class TeamAdmin(TeamScoped):
    list_display = ("name", "members_count", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = [MembershipInline]
    edit_role = Role.ADMIN
    empty_hint = _("A team owns brands, datasets, models and content. The demo makes one.")
    empty_command = "manage.py demo"

    def team_pk(self, row: Any) -> Any:
        return row.pk

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = Team.objects.annotate(people=Count("memberships")).order_by("name")
        return rows if is_superuser(request) else rows.filter(pk__in=list(memberships(request)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """Only where the form has the field: a name that was given once keeps its address."""
        return {} if obj is not None else dict(self.prepopulated_fields)

    @admin.display(description=_("members"), ordering="people")
    def members_count(self, team: Any) -> int:
        return int(team.people)


@admin.register(Membership)
class MembershipAdmin(TeamScoped):
    list_display = ("user", "team", "role", "created_at")
    list_filter = (("team", ScopedRelatedFilter), "role")
    list_select_related = ("user", "team")
    search_fields = ("user__username", "team__name")
    edit_role = Role.ADMIN
    empty_hint = _("A membership gives a person a role in a team.")
    empty_command = "manage.py demo"

    def choices_of(self, model: Any, request: HttpRequest) -> QuerySet[Any]:
        if model is get_user_model():
            return known_people(request)
        return super().choices_of(model, request)
