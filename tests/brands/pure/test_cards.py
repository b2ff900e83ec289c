from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.cards import FIELDS, LABELS, fact_text, facts_in, render

PACK = Path(__file__).parents[3] / "packs" / "brands"
SHIPPED = [b for name in ("brands", "held_out_brands") for b in json.loads((PACK / f"{name}.json").read_text("utf-8"))]
ACME = {
    "name": "Acme",
    "tone": ["bold", "loud"],
    "hashtags": ["#Acme", "#DropIt"],
    "products": ["Anvil"],
    "translations": {"th": {"products": ["ทั่ง"], "tone": []}},
}
WORD = st.text(st.characters(exclude_categories=["C"], exclude_characters="\n"), min_size=1, max_size=12)
FACTS = st.fixed_dictionaries(
    {},
    optional={field: WORD if field in {"name", "industry"} else st.lists(WORD, max_size=3) for field in FIELDS},
)


def test_the_card_is_labelled_lines_of_what_is_known() -> None:
    assert render(ACME, "en") == "Brand: Acme\nTone: bold; loud\nProducts: Anvil\nHashtags: #Acme #DropIt"


def test_the_thai_card_takes_translations_where_there_are_some() -> None:
    assert render(ACME, "th") == "แบรนด์: Acme\nน้ำเสียง: bold; loud\nสินค้า: ทั่ง\nแฮชแท็ก: #Acme #DropIt"


def test_a_language_without_labels_is_refused() -> None:
    with pytest.raises(KeyError):
        render(ACME, "fr")


@pytest.mark.parametrize("nothing", [{}, {"translations": None}, {"translations": {"th": None}}])
def test_a_brand_without_facts_has_an_empty_card(nothing: dict[str, Any]) -> None:
    assert render(nothing, "th") == ""


@given(FACTS, st.sampled_from(sorted(LABELS)))
def test_every_fact_stands_on_a_line_of_its_own_in_the_order_of_the_fields(
    facts: dict[str, Any], language: str
) -> None:
    labels = dict(zip(FIELDS, LABELS[language], strict=True))
    lines = [f"{labels[f]}: {fact_text(f, facts[f])}" for f in FIELDS if facts.get(f)]
    assert render(facts, language).split("\n") == (lines or [""])


@pytest.mark.parametrize("brand", SHIPPED, ids=lambda brand: str(brand["slug"]))
@pytest.mark.parametrize("language", ["en", "th"])
def test_every_shipped_brand_has_a_full_card(brand: dict[str, Any], language: str) -> None:
    card = render(brand, language)
    assert [line.split(": ")[0] for line in card.split("\n")] == list(LABELS[language])
    for value in facts_in(brand, language).values():
        for fact in [value] if isinstance(value, str) else value:
            assert fact in card
