"""Invented brands and the rows written again for them: whole, true, and nothing of the old brand left."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.cards import FIELDS, facts_in, read_card, render
from training.augmenting.brand_rows import every_fact, for_brand
from training.augmenting.industries import DRAWN, invented_brand, templates
from training.augmenting.outcomes import LeftOut
from training.errors import AugmentationRefused
from training.marked_text import THAI, folded
from training.packs.files import BRANDS
from training.scoring.fidelity import normal, occurring
from training.tool_schemas import problem

PACK = Path(__file__).parents[3] / "packs" / "brands"
REAL: dict[str, dict[str, Any]] = {b["slug"]: b for b in json.loads((PACK / "brands.json").read_text("utf-8"))}
EXAMPLES = json.loads((PACK / "examples.json").read_text("utf-8"))
COFFEE = REAL["coffeelab"]


def row(asked: str, answer: str, language: str = "en", context: str = "") -> dict[str, Any]:
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "context": context, "language": language, "tools": []}


def brand(industry: str = "hotel", seed: int = 1) -> dict[str, Any]:
    return invented_brand(templates()[industry], Random(seed))


def test_there_is_a_template_for_a_dozen_trades_and_more() -> None:
    assert len(templates()) >= 12
    assert {"pet_care", "lending", "hotel", "coffee", "fitness", "skincare", "florist"} <= set(templates())


@pytest.mark.parametrize("name", templates())
def test_a_template_is_sound_in_both_languages(name: str) -> None:
    template = templates()[name]
    for field in ("tone", "target_audience", "core_values", "visual_style", "products", "banned_words", "description"):
        pairs = template[field]
        assert len(pairs) > DRAWN.get(field, 1), "there is something to choose from"
        for english, thai in pairs:
            assert not THAI.search(english)
            assert THAI.search(thai)
            assert not thai.endswith("ๆ"), "a text that goes on behind it would need a space"
        assert len({folded(text) for pair in pairs for text in pair}) == 2 * len(pairs)
    said = normal(json.dumps([template[f] for f in template if f != "banned_words"], ensure_ascii=False))
    assert occurring([word for pair in template["banned_words"] for word in pair], said) == []


@given(st.sampled_from(sorted(templates())), st.integers(0, 10_000))
def test_an_invented_brand_is_a_whole_one(name: str, seed: int) -> None:
    made = invented_brand(templates()[name], Random(seed))
    assert problem([made], BRANDS) == ""
    assert made["synthetic"] is True
    assert made == invented_brand(templates()[name], Random(seed)), "the seed decides"
    assert set(made["translations"]["th"]) == set(FIELDS) - {"name", "hashtags"}
    for language in ("en", "th"):
        known = facts_in(made, language)
        assert all(known[field] for field in FIELDS)
        card = read_card(render(made, language))
        assert card["products"] == known["products"], "no fact holds what separates facts on a card"
        assert card["hashtags"] == made["hashtags"]


@given(st.integers(0, 1000))
def test_what_is_taken_is_not_invented_again(seed: int) -> None:
    template = templates()["coffee"]
    first = invented_brand(template, Random(seed))
    taken = {folded(text) for text in (first["name"], *first["hashtags"], *first["products"])}
    second = invented_brand(template, Random(seed), taken)
    assert not {folded(text) for text in (second["name"], *second["hashtags"], *second["products"])} & taken


def test_a_template_that_is_used_up_says_so() -> None:
    template = templates()["hotel"]
    names = {folded(a + b) for a in template["name_starts"] for b in template["name_ends"]}
    with pytest.raises(AugmentationRefused, match="riverside hotel"):
        invented_brand(template, Random(1), names)
    with pytest.raises(AugmentationRefused):
        invented_brand(template, Random(1), {folded(english) for english, _ in template["products"]})


@given(st.sampled_from(EXAMPLES), st.sampled_from(sorted(templates())), st.integers(0, 10_000))
def test_a_rewritten_row_says_nothing_of_the_old_brand(example: dict[str, Any], name: str, seed: int) -> None:
    old, new = REAL[example["brand"]], invented_brand(templates()[name], Random(seed))
    asked = f"{example['instruction']}\n{example['input']}".strip()
    made = for_brand(row(asked, example["output"], example["language"]), old, new)
    if isinstance(made, LeftOut):
        assert made.reason.endswith(".")
        return
    said = normal("\n".join(message["content"] for message in made["messages"]))
    assert occurring([new["name"]], said)
    own = {normal(fact) for facts in every_fact(new) for fact in facts}
    identity = [fact for fact in (old["name"], *old["hashtags"], *old["products"]) if normal(fact) not in own]
    assert occurring(identity, said) == []
    assert occurring(new["banned_words"], normal(made["messages"][1]["content"])) == []


def test_most_rows_of_the_pack_can_be_written_again() -> None:
    random, made = Random(5), 0
    for example in EXAMPLES:
        new = invented_brand(random.choice(list(templates().values())), random)
        asked = f"{example['instruction']}\n{example['input']}".strip()
        one = for_brand(row(asked, example["output"], example["language"]), REAL[example["brand"]], new)
        made += not isinstance(one, LeftOut)
    assert made > 0.85 * len(EXAMPLES)


def test_facts_take_the_place_of_facts_of_their_kind() -> None:
    new = brand()
    made = for_brand(
        row("Write about Oat Latte for CoffeeLab.", "Freshly roasted coffee, a premium treat. #CoffeeLab"), COFFEE, new
    )
    assert isinstance(made, dict)
    asked, answer = (message["content"] for message in made["messages"])
    assert asked == f"Write about {new['products'][3]} for {new['name']}."
    value, tone = new["core_values"][0], new["tone"][1]
    article = "an" if tone[0] in "aeiou" else "a"
    assert answer == f"{value[0].upper()}{value[1:]}, {article} {tone} treat. #{new['name']}"


def test_a_thai_row_gets_thai_facts() -> None:
    new = brand()
    made = for_brand(row("แคปชั่นโคลด์บรูว์", "โคลด์บรูว์จาก CoffeeLab", "th"), COFFEE, new)
    assert isinstance(made, dict)
    assert made["messages"][1]["content"] == f"{facts_in(new, 'th')['products'][0]}จาก {new['name']}"


@pytest.mark.parametrize(
    ("answer", "change", "outcome"),
    [
        ("Our CoffeeLab shop has a long history.", {}, "old_trade"),
        ("CoffeeLab has Oat Latte.", {"products": ["Only One"]}, "fact_lacking"),
        ("Nothing of anybody.", {}, "nothing_to_exchange"),
        ("CoffeeLab is cosy.", {"banned_words": ["cosy"]}, "banned_word"),
        ("CoffeeLab: โคลด์บรูว์.", {}, "old_fact"),
    ],
)
def test_what_cannot_be_said_truly_is_left_out(answer: str, change: dict[str, Any], outcome: str) -> None:
    found = for_brand(row("Say it.", answer), COFFEE, brand() | change)
    assert isinstance(found, LeftOut)
    assert found.outcome == outcome


def test_a_row_with_a_text_of_its_own_is_left_out() -> None:
    found = for_brand(row("Say it.", "CoffeeLab.", context="An article."), COFFEE, brand())
    assert isinstance(found, LeftOut)
    assert found.outcome == "own_text"
