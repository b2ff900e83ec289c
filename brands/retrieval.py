"""Which facts a brief is answered from: who is meant, and what the brand table says about them."""

from __future__ import annotations

import re

from brands.cards import render
from brands.errors import UnknownBrand
from brands.models import Brand, Team


def find_brand(*, team: Team, name: str) -> Brand:
    """The team's brand of that slug or name, letter case aside. Raises UnknownBrand listing the known ones."""
    brands = Brand.objects.of(team)
    found: Brand | None = brands.filter(slug__iexact=name).first() or brands.filter(name__iexact=name).first()
    if found is None:
        known = ", ".join(brands.order_by("name").values_list("name", flat=True)[:20]) or "none yet"
        raise UnknownBrand(f"There is no brand '{name}' in {team.name}. Known brands: {known}.")
    return found


def brand_in(*, team: Team, brief: str) -> Brand | None:
    """The brand a brief names, the longest name first; None when it names none of the team's."""
    brands: list[Brand] = sorted(Brand.objects.of(team), key=lambda b: -len(b.name))
    for brand in brands:
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(brand.name)}(?![A-Za-z0-9])", brief, re.IGNORECASE):
            return brand
    return None


def context_for(brand: Brand, language: str) -> str:
    """What a model is given to read about the brand: its card as the table has it this moment."""
    return render(brand.facts(), language)
