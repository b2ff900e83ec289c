"""Briefs in the words the examples use: what a person picks on a form becomes an instruction. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brands.cards import facts_in
from generation.errors import IncompleteBrief

BRIEFS = {
    ("caption", "en"): "Write a caption for {brand} about {product}.",
    ("caption", "th"): "เขียนแคปชั่นให้ {brand} เกี่ยวกับ{product}",
    ("brand_voice", "en"): "Rewrite this in the voice of {brand}.\n{message}",
    ("brand_voice", "th"): "ปรับข้อความนี้ให้เป็นน้ำเสียงของ {brand}\n{message}",
    ("campaign_brief", "en"): "Write a campaign brief for {brand}. Objective: {objective}.",
    ("campaign_brief", "th"): "เขียนบรีฟแคมเปญให้ {brand} เป้าหมาย: {objective}",
}
NEEDS = {"caption": "product", "brand_voice": "message", "campaign_brief": "objective"}


def write_brief(kind: str, facts: Mapping[str, Any], language: str, details: Mapping[str, str]) -> str:
    """The instruction for one kind of text. Raises IncompleteBrief naming what is missing.

    A caption without a product takes the brand's first, in its name in that language.
    """
    if (kind, language) not in BRIEFS:
        kinds = ", ".join(sorted(NEEDS))
        raise IncompleteBrief(f"'{kind}' in '{language}' cannot be written. Kinds: {kinds}; languages: en, th.")
    needed = NEEDS[kind]
    given = {name: text.strip() for name, text in details.items() if text.strip()}
    if needed == "product":
        given = {"product": product_in(facts, given.get("product", ""), language)}
    if not given.get(needed):
        raise IncompleteBrief(f"A {kind.replace('_', ' ')} needs its {needed}: give it with --{needed}.")
    return BRIEFS[kind, language].format(brand=facts["name"], **{needed: given[needed]})


def product_in(facts: Mapping[str, Any], product: str, language: str) -> str:
    """The product's name in that language; the brand's first product when none is named."""
    original, translated = facts["products"], facts_in(facts, language)["products"]
    if not product:
        return translated[0] if translated else ""
    same = [i for i, name in enumerate(original) if name.casefold() == product.casefold()]
    return translated[same[0]] if same and len(translated) > same[0] else product
