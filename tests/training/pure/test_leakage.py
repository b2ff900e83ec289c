from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given

from tests.training.pure.checked_rows import called, row, said
from tests.training.pure.test_row_checks_shape import JUNK
from training.leakage import Leak, leaks
from training.packs import Pack

PLAY = {
    "type": "function",
    "function": {
        "name": "play",
        "parameters": {
            "type": "object",
            "properties": {"song": {"type": "string"}, "mode": {"type": "string", "enum": ["loud", "soft"]}},
        },
    },
}


def asked(text: str, group: str = "", **arguments: str) -> dict[str, Any]:
    answer = said("assistant", "", tool_calls=[called("play", arguments)])
    return row(said("user", text), answer, group=group) | {"tools": [PLAY]}


def found(train: list[Any], held_out: list[Any]) -> list[tuple[str, int, int]]:
    return [(leak.code, leak.held_out, leak.train) for leak in leaks(train, held_out)]


TRAIN = [
    asked("Play Yellow for me please, loud", "a", song="Yellow", mode="loud"),
    asked("เปิดเพลงลมให้ฟังหน่อยได้ไหมครับ ขอบคุณมาก", "b", song="ลม"),
]


def test_rows_that_are_new_leak_nothing() -> None:
    assert found(TRAIN, [asked("Put on Valerie, loud", "c", song="Valerie", mode="loud")]) == []
    assert found([], TRAIN) == []
    assert found(TRAIN, []) == []


def test_a_request_that_is_trained_on() -> None:
    assert found(TRAIN, [asked("play yellow for me please, LOUD ", "c")]) == [("same_request", 0, 0)]


def test_a_request_that_is_nearly_trained_on() -> None:
    near = asked("เปิดเพลงลมให้ฟังหน่อยได้ไหมครับ ขอบคุณมากๆ", "c")
    (leak,) = leaks(TRAIN, [asked("Stop"), near])
    assert (leak.code, leak.held_out, leak.train) == ("near_request", 1, 1)
    assert 0.85 <= leak.similarity < 1
    assert leak.message.startswith("A request that is 9")


def test_a_group_on_both_sides() -> None:
    (leak,) = leaks(TRAIN, [asked("Something else", "b"), asked("And another", "")])
    assert leak == Leak(
        "same_group", 0, 1, "Rows of the group 'b' are trained on.", "Put all rows of a group on one side."
    )
    assert json.loads(json.dumps(leak.as_json()))["code"] == "same_group"


def test_values_that_are_trained_on_but_not_choices() -> None:
    held_out = [asked("Put on YELLOW, loud", "c", song="YELLOW", mode="loud"), asked("ขอลมหน่อย", "d", song="ลม")]
    assert found(TRAIN, held_out) == [("trained_value", 0, 0), ("trained_value", 1, 1)]


def test_a_seen_wording_may_share_its_group_and_its_wording_but_not_its_value() -> None:
    near = asked("เปิดเพลงลมให้ฟังหน่อยได้ไหมครับ ขอบคุณมากๆ", "b", song="ลม") | {"kind": "seen_wording"}
    assert found(TRAIN, [near]) == [("trained_value", 0, 1)]
    exact = TRAIN[1] | {"kind": "seen_wording"}
    assert found(TRAIN, [exact]) == [("same_request", 0, 1), ("trained_value", 0, 1)]


def test_facts_that_are_only_one_brands() -> None:
    def text(card: str) -> dict[str, Any]:
        return row(said("user", card[7:12]), said("assistant", "…"), context=card)

    train = [text("Brand: Acme\nTone: bold\nProducts: Iron Anvil; Spring")]
    assert found(train, [text("Brand: Bolt\nTone: bold\nProducts: Nut")]) == []
    assert found(train, [text("Brand: Bolt\nTone: bold\nProducts: iron anvil")]) == [("trained_value", 0, 0)]


def test_the_packs_leak_nothing(music: Pack, brand_pack: Pack) -> None:
    for pack in (music, brand_pack):
        rows = [asdict(found) for found in pack.rows]
        train = [found for found in rows if found["split"] == "train"]
        held_out = [found for found in rows if found["split"] == "held_out"]
        assert leaks(train, held_out) == []
        assert {leak.held_out for leak in leaks(train, train[:5])} == {0, 1, 2, 3, 4}


@given(JUNK, JUNK)
def test_rows_without_their_shape_are_passed_over(one: Any, other: Any) -> None:
    junk = [row(one, said("user", "Play")) | {"tools": other}, {"messages": one, "context": other, "group": one}]
    for leak in leaks(junk, junk):
        assert leak.code in ("same_request", "same_group", "trained_value")
