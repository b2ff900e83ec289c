from __future__ import annotations

import json
from collections import Counter
from typing import Any

from brands.cards import render
from tests.training.pure.conftest import PACKS
from training.packs import Pack, read_pack
from training.scoring.fidelity import score
from training.tasks import expected

Brands = dict[str, dict[str, Any]]


def test_how_many_rows_the_brand_pack_gives(brand_pack: Pack) -> None:
    rows = brand_pack.rows
    assert Counter((row.split, row.kind, row.synthetic) for row in rows) == {
        ("train", "", False): 31,
        ("train", "", True): 40,
        ("held_out", "unseen_brand", False): 104,
    }
    assert Counter(row.task for row in rows if row.split == "train") == {
        "caption": 32,
        "campaign_brief": 21,
        "brand_voice": 18,
    }
    assert (len(brand_pack.brands), brand_pack.tools, brand_pack.curriculum) == (12, [], [])


def test_no_brand_is_on_both_sides(brand_pack: Pack) -> None:
    sides = {
        row.brand: {other.split for other in brand_pack.rows if other.brand == row.brand} for row in brand_pack.rows
    }
    assert {len(splits) for splits in sides.values()} == {1}
    assert all(row.group == row.brand for row in brand_pack.rows)
    assert len({row.request for row in brand_pack.rows}) == len(brand_pack.rows)


def test_training_rows_end_with_the_answer_and_held_out_ones_with_the_question(brand_pack: Pack) -> None:
    for row in brand_pack.rows:
        roles = [message["role"] for message in row.messages]
        if row.split == "train":
            assert roles == ["user", "assistant"]
            assert (row.context, row.expected) == ("", {})
        else:
            assert roles == ["user"]
            assert row.expected["required"]
            assert row.expected["foreign"]


def test_held_out_rows_bring_the_card_of_their_brand(brand_pack: Pack, brands: Brands) -> None:
    for row in brand_pack.rows:
        if row.split == "held_out":
            assert row.context == render(brands[row.brand], row.language)
            assert brands[row.brand]["name"] in row.request


def test_the_input_stands_on_its_own_line(brand_pack: Pack) -> None:
    for row in brand_pack.rows:
        assert row.request.count("\n") == (row.task == "brand_voice"), row.source


def test_every_shipped_example_is_right_by_the_rules_of_its_task(brands: Brands) -> None:
    for item in json.loads((PACKS / "brands" / "examples.json").read_text("utf-8")):
        others = [facts for slug, facts in brands.items() if slug != item["brand"]]
        request = {key: item[key] for key in ("product", "message", "objective")}
        right = expected(item["task"], brands[item["brand"]], item["language"], others=others, **request)
        found = score(item["output"], right, item["language"])
        assert (found.complete, found.language_match) == (True, True), (item, found)
        other = "th" if item["language"] == "en" else "en"
        assert not score(item["output"], right, other).language_match, item


def test_what_is_asked_can_be_found_on_the_card_or_in_the_request(brand_pack: Pack) -> None:
    for row in brand_pack.rows:
        if row.split == "held_out":
            known = f"{row.context}\n{row.request}"
            asked = [*row.expected["required"], *(fact for group in row.expected["any"] for fact in group)]
            assert [fact for fact in asked if fact not in known] == [], row.source
            assert [fact for fact in row.expected["foreign"] if fact in known] == [], row.source
            assert [word for word in row.expected["banned"] if word in known] == [], row.source


def test_reading_again_gives_the_same(brand_pack: Pack) -> None:
    assert read_pack(PACKS / "brands", seed=99) == brand_pack
