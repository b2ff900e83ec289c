"""What a user can get wrong about brands."""

from __future__ import annotations

from background.errors import ProblemError


class UnknownBrand(ProblemError):
    """A brand the team does not have."""


class UnknownTeam(ProblemError):
    """A team that does not exist."""
