"""Which team a command works for."""

from __future__ import annotations

from brands.errors import UnknownTeam
from brands.models import Team

FIRST = {"slug": "ours", "name": "Our team"}


def team_for(slug: str = "") -> Team:
    """As `find_team`; where there is no team yet and none was named, a first one is made, so that rows can come in."""
    if not slug and not Team.objects.exists():
        return Team.objects.create(**FIRST)
    return find_team(slug)


def find_team(slug: str = "") -> Team:
    """The team of that slug; without one, the only team there is. Raises UnknownTeam with the choices."""
    teams = list(Team.objects.filter(slug=slug) if slug else Team.objects.all()[:2])
    if len(teams) == 1:
        return teams[0]
    known = ", ".join(Team.objects.values_list("slug", flat=True)) or "none yet: `manage.py load_pack brands` makes one"
    raise UnknownTeam(f"{f'There is no team {slug!r}' if slug else 'Say which team with --team'}. Teams: {known}.")
