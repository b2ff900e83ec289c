"""Who sees what: rows of the person's own teams, editable by role. A superuser sees and edits everything."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from brands.models import Membership, Role, Team, TeamQuerySet

if TYPE_CHECKING:
    from django.contrib.admin import RelatedFieldListFilter as RelatedFilter

    UnfoldModelAdmin = admin.ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin
    from unfold.contrib.filters.admin import RelatedDropdownFilter as RelatedFilter


def memberships(request: HttpRequest) -> dict[int, Membership]:
    """The person's memberships by team, read once per request."""
    found: dict[int, Membership] | None = getattr(request, "_memberships", None)
    if found is None:
        mine: Any = getattr(request.user, "memberships", Membership.objects.none())
        found = {each.team_id: each for each in mine.all()}
        request._memberships = found  # type: ignore[attr-defined]
    return found


def teams_reached(request: HttpRequest, role: str) -> set[int]:
    """The teams in which the person's role reaches `role`."""
    return {team for team, membership in memberships(request).items() if membership.may(role)}


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


class RoleScoped:
    """Permissions by role in the team a row belongs to. `team_path` leads from the row to its team."""

    team_path = "team"
    view_role: str = Role.VIEWER
    edit_role: str = Role.CURATOR

    def team_pk(self, row: Any) -> Any:
        return attrgetter(self.team_path.replace("__", ".") + "_id")(row)

    def reaches(self, request: HttpRequest, role: str, row: Any = None) -> bool:
        """Whether the person's role reaches `role` in the row's team, or in any team when there is no row."""
        if is_superuser(request):
            return True
        teams = teams_reached(request, role)
        return bool(teams) if row is None else self.team_pk(row) in teams

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.reaches(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, self.view_role, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, self.edit_role, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, self.edit_role, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, self.edit_role, obj)


class TeamScoped(RoleScoped, UnfoldModelAdmin):
    """The admin of a model whose rows belong to a team: its list, its page and every choice on it."""

    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if isinstance(rows, TeamQuerySet):
            return rows.visible_to(request.user)
        if is_superuser(request):
            return rows
        return rows.filter(**{f"{self.team_path}__memberships__user": request.user})

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        kwargs.setdefault("queryset", self.choices_of(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def choices_of(self, model: Any, request: HttpRequest) -> QuerySet[Any]:
        """The rows a person may choose from: of their teams, and teams in which they may edit."""
        if model is Team and not is_superuser(request):
            return Team.objects.filter(pk__in=teams_reached(request, self.edit_role))
        try:
            return self.admin_site.get_model_admin(model).get_queryset(request)
        except NotRegistered:
            rows: QuerySet[Any] = model._default_manager.all()
            return rows

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        teams = teams_reached(request, self.edit_role)
        only = {"team": str(next(iter(teams)))} if len(teams) == 1 else {}
        return {**only, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row never changes its team: what stands on it would stay behind."""
        fixed = ("team",) if obj is not None and self.team_path == "team" else ()
        return (*super().get_readonly_fields(request, obj), *fixed)


class ScopedRelatedFilter(RelatedFilter):
    """A filter by another row that offers only rows of the person's teams."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = model_admin.choices_of(field.related_model, request)
        return [(row.pk, str(row)) for row in rows[:500]]
