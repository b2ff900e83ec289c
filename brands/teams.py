"""Which team a command works for."""

from __future__ import annotations

from brands.errors import UnknownTeam
from brands.models import Team


def find_team(slug: str = "") -> Team:
    """The team of that slug; without one, the only team there is. Raises UnknownTeam with the choices."""
    teams = list(Team.objects.filter(slug=slug) if slug else Team.objects.all()[:2])
    if len(teams) == 1:
        return teams[0]
    known = ", ".join(Team.objects.values_list("slug", flat=True)) or "none yet: `manage.py demo` makes one"
    raise UnknownTeam(f"{f'There is no team {slug!r}' if slug else 'Say which team with --team'}. Teams: {known}.")
