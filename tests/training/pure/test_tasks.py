from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import UnknownTask
from training.scoring.fidelity import score
from training.tasks import TASKS, expected

ACME = {
    "name": "Acme",
    "tone": ["bold"],
    "target_audience": "coyotes",
    "core_values": ["heavy metal", "fast delivery"],
    "products": ["Anvil", "Rocket Skates"],
    "hashtags": ["#Acme", "#DropIt"],
    "banned_words": ["explosive"],
    "translations": {
        "th": {"products": ["ทั่ง"], "tone": ["กล้า"], "core_values": ["เหล็กแท้"], "target_audience": "หมาป่า"}
    },
}
BOLT = {
    "name": "Bolt",
    "products": ["Wrench", "Anvil"],
    "hashtags": ["#Bolt"],
    "translations": {"th": {"products": ["ประแจ"]}},
}


def test_a_caption_names_brand_product_and_hashtags() -> None:
    right = expected("caption", ACME, "en", product="Anvil", others=[BOLT])
    assert right["required"] == ["Acme", "Anvil", "#Acme", "#DropIt"]
    assert right["any"] == [["heavy metal", "fast delivery", "coyotes", "bold"]]
    assert right["banned"] == ["explosive"]


def test_a_thai_caption_names_the_product_at_the_same_place() -> None:
    assert "ทั่ง" in expected("caption", ACME, "th", product="Anvil")["required"]
    assert "Rocket Skates" in expected("caption", ACME, "th", product="Rocket Skates")["required"]
    assert "Gift Card" in expected("caption", ACME, "th", product="Gift Card")["required"]


def test_a_brand_voice_keeps_the_message() -> None:
    right = expected("brand_voice", ACME, "en", message="We open at nine!")
    assert right["required"] == ["We open at nine", "Acme", "#Acme"]
    assert right["any"] == [["heavy metal", "fast delivery", "bold"]]


def test_a_campaign_brief_names_objective_audience_and_a_product() -> None:
    right = expected("campaign_brief", ACME, "th", objective="ขายดี")
    assert right["required"] == ["Acme", "ขายดี", "หมาป่า", "#Acme", "#DropIt"]
    assert right["any"] == [["เหล็กแท้"], ["ทั่ง"]]
    asked = expected("campaign_brief", ACME, "en", objective="sell", product="Rocket Skates")
    assert asked["any"][1] == ["Rocket Skates"]


def test_facts_of_other_brands_are_foreign_unless_they_are_ours_or_asked_for() -> None:
    right = expected("caption", ACME, "en", product="Anvil", others=[BOLT])
    assert right["foreign"] == ["Bolt", "Wrench", "#Bolt", "ประแจ"]
    told = expected("brand_voice", ACME, "en", message="We sell a wrench now.", others=[BOLT])
    assert "Wrench" not in told["foreign"]


@pytest.mark.parametrize("task", TASKS)
def test_a_bare_brand_asks_only_for_what_it_has(task: str) -> None:
    right = expected(task, {"name": "Bare"}, "en")
    assert right == {"required": ["Bare"], "any": [], "foreign": [], "banned": []}


def test_an_unknown_task_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownTask, match=r"'poem'.*caption, brand_voice, campaign_brief"):
        expected("poem", ACME, "en")


@given(st.sampled_from(TASKS), st.sampled_from(["en", "th"]), st.sampled_from(["Anvil", "Rocket Skates"]))
def test_saying_every_fact_is_always_a_complete_answer(task: str, language: str, product: str) -> None:
    right = expected(task, ACME, language, product=product, message="We open.", objective="sell", others=[BOLT])
    answer = " ".join([*right["required"], *(group[0] for group in right["any"])])
    assert score(answer, right, language).complete
