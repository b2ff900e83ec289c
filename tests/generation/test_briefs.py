"""From what a person picks to an instruction in the words of the examples."""

from __future__ import annotations

import pytest

from generation.briefs import write_brief
from generation.errors import IncompleteBrief

FACTS = {
    "name": "TechZone",
    "products": ["headphones", "charger", "cable"],
    "translations": {"th": {"products": ["หูฟัง", "ที่ชาร์จ"]}},
}


@pytest.mark.parametrize(
    ("kind", "language", "details", "brief"),
    [
        ("caption", "en", {"product": "charger"}, "Write a caption for TechZone about charger."),
        ("caption", "en", {}, "Write a caption for TechZone about headphones."),
        ("caption", "th", {}, "เขียนแคปชั่นให้ TechZone เกี่ยวกับหูฟัง"),
        ("caption", "th", {"product": "Charger"}, "เขียนแคปชั่นให้ TechZone เกี่ยวกับที่ชาร์จ"),
        ("caption", "th", {"product": "cable"}, "เขียนแคปชั่นให้ TechZone เกี่ยวกับcable"),
        ("caption", "en", {"product": " a new one "}, "Write a caption for TechZone about a new one."),
        ("brand_voice", "en", {"message": "We open."}, "Rewrite this in the voice of TechZone.\nWe open."),
        ("campaign_brief", "th", {"objective": "ยอดขาย"}, "เขียนบรีฟแคมเปญให้ TechZone เป้าหมาย: ยอดขาย"),
    ],
)
def test_a_brief_in_the_words_of_the_examples(kind, language, details, brief):
    assert write_brief(kind, FACTS, language, details) == brief


@pytest.mark.parametrize(
    ("kind", "language", "details", "sentence"),
    [
        ("brand_voice", "en", {"message": " "}, "A brand voice needs its message: give it with --message."),
        ("campaign_brief", "en", {}, "A campaign brief needs its objective"),
        ("poem", "en", {}, "'poem' in 'en' cannot be written. Kinds: brand_voice, campaign_brief, caption"),
        ("caption", "de", {}, "'caption' in 'de' cannot be written"),
    ],
)
def test_what_is_missing_is_named(kind, language, details, sentence):
    with pytest.raises(IncompleteBrief, match=sentence):
        write_brief(kind, FACTS, language, details)


def test_a_brand_without_products_needs_one():
    with pytest.raises(IncompleteBrief, match="--product"):
        write_brief("caption", FACTS | {"products": [], "translations": {}}, "en", {})
