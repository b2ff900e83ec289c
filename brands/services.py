"""Operations on what a team knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from brands.models import Brand, Membership, Role, Team

FACTS = (
    "name", "industry", "description", "tone", "target_audience", "core_values", "visual_style", "products",
    "hashtags", "banned_words", "languages", "synthetic", "translations",
)  # fmt: skip


@transaction.atomic
def save_brand(*, team: Team, slug: str, facts: Mapping[str, Any]) -> Brand:
    """Create the team's brand of that slug, or bring it up to date. Raises ValidationError naming the fact."""
    brand = Brand.objects.of(team).filter(slug=slug).first() or Brand(team=team, slug=slug)
    for name in FACTS:
        if name in facts:
            setattr(brand, name, facts[name])
    brand.full_clean()
    brand.save()
    return brand


def join(*, team: Team, user: Any, role: str = Role.VIEWER) -> Membership:
    """Give the user that role in the team, whatever it was before."""
    membership, _ = Membership.objects.update_or_create(team=team, user=user, defaults={"role": role})
    return membership
