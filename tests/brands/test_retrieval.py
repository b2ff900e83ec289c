"""Finding who a brief is about: by slug, by name, in a sentence - and only among the team's own brands."""

from __future__ import annotations

import pytest

from brands.errors import UnknownBrand
from brands.retrieval import brand_in, context_for, find_brand
from tests import factories


@pytest.fixture
def team(db):
    team = factories.team(name="Ours")
    for name, slug in (("CoffeeLab", "coffeelab"), ("Coffee", "coffee"), ("C+ (new)", "c-plus"), ("กาแฟดี", "good")):
        factories.brand(team=team, name=name, slug=slug)
    return team


@pytest.mark.parametrize("name", ["CoffeeLab", "coffeelab", "COFFEELAB"])
def test_a_brand_is_found_by_slug_or_name_in_any_case(team, name):
    assert find_brand(team=team, name=name).slug == "coffeelab"


def test_a_slug_wins_over_a_name(team):
    other = factories.brand(team=team, name="Good", slug="other")
    assert find_brand(team=team, name="good").slug == "good"
    assert find_brand(team=team, name="other") == other


def test_an_unknown_brand_is_named_beside_the_known_ones(team):
    with pytest.raises(
        UnknownBrand, match=r"no brand 'TechZone' in Ours. Known brands: C\+ \(new\), Coffee, CoffeeLab"
    ):
        find_brand(team=team, name="TechZone")
    with pytest.raises(UnknownBrand, match="Known brands: none yet"):
        find_brand(team=factories.team(), name="CoffeeLab")


@pytest.mark.parametrize(
    ("brief", "slug"),
    [
        ("Write a caption for CoffeeLab about beans", "coffeelab"),
        ("a caption for coffeelab.", "coffeelab"),
        ("Coffee, please", "coffee"),
        ("เขียนแคปชั่นให้CoffeeLabหน่อย", "coffeelab"),
        ("แคปชั่นของกาแฟดีวันนี้", "good"),
        ("Something about C+ (new)!", "c-plus"),
        ("CoffeeLabs is another company", None),
        ("Write a poem", None),
        ("", None),
    ],
)
def test_the_brand_a_brief_names(team, brief, slug):
    found = brand_in(team=team, brief=brief)
    assert (found.slug if found else None) == slug


def test_another_teams_brand_is_not_recognised(team):
    factories.brand(name="FitFlow", slug="fitflow")
    assert brand_in(team=team, brief="A caption for FitFlow") is None
    with pytest.raises(UnknownBrand):
        find_brand(team=team, name="FitFlow")


def test_the_context_is_the_table_as_it_is_now(team):
    brand = find_brand(team=team, name="coffeelab")
    assert "Brand: CoffeeLab" in context_for(brand, "en")
    assert "กาแฟสกัดเย็น" in context_for(brand, "th")
    brand.products = ["tea"]
    assert "Products: tea" in context_for(brand, "en")
