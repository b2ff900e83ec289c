"""Saving what a team knows: a brand once per slug, and only JSON that both databases and every page can take."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from brands.models import Brand
from brands.services import save_brand
from tests import factories

FACTS = {"name": "CoffeeLab", "tone": ["warm"], "products": ["cold brew"], "translations": {"th": {"tone": ["อบอุ่น"]}}}


def deep(levels: int):
    value = "end"
    for _ in range(levels):
        value = [value]
    return value


@pytest.fixture
def team(db):
    return factories.team()


def test_a_brand_is_made_once_and_brought_up_to_date(team):
    brand = save_brand(team=team, slug="coffeelab", facts=FACTS)
    again = save_brand(team=team, slug="coffeelab", facts={"tone": ["bold"], "id": 999, "slug": "other"})
    assert (again.pk, again.slug, again.tone) == (brand.pk, "coffeelab", ["bold"])
    again.refresh_from_db()
    assert (again.name, again.products, again.translations) == ("CoffeeLab", ["cold brew"], FACTS["translations"])
    assert save_brand(team=factories.team(), slug="coffeelab", facts=FACTS).pk != brand.pk


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("name", ""), ("name", "n" * 121), ("tone", "warm"), ("tone", [""]), ("tone", [1]), ("hashtags", {"a": 1}),
        ("products", ["a\x00b"]), ("products", ["\ud800"]), ("translations", {"th": deep(80)}),
        ("translations", {"th": float("nan")}), ("translations", {1: "x"}),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_or_shown_is_refused_by_name(team, fact, value):
    with pytest.raises(ValidationError) as problem:
        save_brand(team=team, slug="coffeelab", facts=FACTS | {fact: value})
    assert fact in problem.value.message_dict
    assert not Brand.objects.exists()


@pytest.mark.parametrize("value", [deep(62), "ไทย 🙂 \u2028", {"": None}, 0.1, 2.0, 10**18, "x" * 100_000])
def test_everything_else_comes_back_as_it_went_in(team, value):
    brand = save_brand(team=team, slug="coffeelab", facts=FACTS | {"translations": {"th": {"note": value}}})
    brand.refresh_from_db()
    assert json.dumps(brand.translations["th"]["note"]) == json.dumps(value)


@pytest.mark.parametrize("value", ["a\x00b", "\udfff", float("inf"), deep(70), {"a\x00": 1}])
def test_no_way_of_saving_goes_past_the_check(team, value):
    brand = save_brand(team=team, slug="coffeelab", facts=FACTS)
    with pytest.raises(ValidationError):
        Brand.objects.filter(pk=brand.pk).update(translations={"th": value})
    with pytest.raises(ValidationError):
        Brand.objects.bulk_create([Brand(team=team, slug="other", name="Other", translations={"th": value})])
