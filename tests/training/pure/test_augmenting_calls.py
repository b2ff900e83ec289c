"""Tool calls with other values and in other words: arguments stand, held-out rows stay unseen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from training.augmenting.held_out import HeldOut
from training.augmenting.marks import marked, request, spoken, still_said
from training.augmenting.outcomes import LeftOut
from training.augmenting.values import Values, checked_values, other_values
from training.augmenting.wordings import other_wordings, patterns
from training.errors import AugmentationRefused
from training.packs import read_pack
from training.tool_schemas import arguments_problem

PLAY = factories.schema(
    "play", song={"type": "string"}, artist={"type": "string"}, volume={"type": "integer"},
    mode={"type": "string", "enum": ["once", "loop"]},
)  # fmt: skip
NOBODY = HeldOut([])
PACKS = Path(__file__).parents[3] / "packs"
ROWS = [
    {name: getattr(row, name) for name in ("messages", "tools", "context", "language", "expected", "split")}
    for pack in ("music", "director")
    for row in read_pack(PACKS / pack, copies=0).rows
]
TRAIN = [row for row in ROWS if row["split"] == "train"]
HELD_OUT = HeldOut(row for row in ROWS if row["split"] == "held_out")


def row(asked: str, language: str = "en", **arguments: Any) -> dict[str, Any]:
    messages = [
        {"role": "user", "content": asked},
        {"role": "assistant", "content": "", "tool_calls": [factories.call("play", **arguments)]},
    ]
    return {"messages": messages, "tools": [PLAY], "context": "", "language": language, "expected": {}}


def made_of(attempts: Iterable[Any]) -> list[dict[str, Any]]:
    return [each for each in attempts if not isinstance(each, LeftOut)]


def outcomes(attempts: Iterable[Any]) -> set[str]:
    return {each.outcome for each in attempts if isinstance(each, LeftOut)}


def asks(attempts: Iterable[Any]) -> set[str]:
    return {request(each) for each in made_of(attempts)}


def test_values_are_marked_where_they_stand_once() -> None:
    found = marked(row("Play Hello by Adele at 7, mode loop", song="Hello", artist="Adele", volume=7, mode="loop"))
    assert found.wording(found.text) == "play {song} by {artist} at {volume}, mode {mode}"
    assert found.filled(found.text) == "Play Hello by Adele at 7, mode loop"
    twice = marked(row("Play Hello, yes, Hello", song="Hello"))
    assert twice.wording(twice.text) == "play hello, yes, hello"


def test_the_expected_calls_of_a_row_without_an_answer_are_marked_too() -> None:
    asked = row("Play Hello", song="Hello")
    open_row = asked | {
        "messages": asked["messages"][:1],
        "expected": {"calls": [{"name": "play", "arguments": {"song": "Hello"}}]},
    }
    assert [each.text for each in spoken(open_row)] == ["Hello"]


def test_a_lost_value_is_noticed() -> None:
    old = row("Play Hello", song="Hello")
    assert still_said(old, row("Play Yellow", song="Yellow"))
    assert not still_said(old, row("Play it", song="Yellow"))
    assert not still_said(old, row("Play Yellow", artist="Yellow"))


@given(st.sampled_from(TRAIN), st.integers(0, 10_000))
def test_other_wordings_keep_every_call_and_every_value(source: dict[str, Any], seed: int) -> None:
    first = list(islice(other_wordings(source, HELD_OUT, Random(seed)), 5))
    assert [str(each) for each in islice(other_wordings(source, HELD_OUT, Random(seed)), 5)] == [str(e) for e in first]
    for made in made_of(first):
        assert made["messages"][1:] == source["messages"][1:], "only the request is reworded"
        asked, asks_now = request(source), request(made)
        assert asks_now != asked
        for value in spoken(source):
            if not value.is_choice and asked.count(value.text) == 1:
                assert asks_now.count(value.text) == 1
        assert not HELD_OUT.asks(made)


@given(st.sampled_from(TRAIN), st.integers(0, 10_000))
def test_other_values_fit_the_tools_and_are_not_held_out(source: dict[str, Any], seed: int) -> None:
    values = Values({}, TRAIN[::20], HELD_OUT)
    for made in made_of(islice(other_values(source, values, Random(seed)), 3)):
        assert still_said(source, made)
        before, after = list(spoken(source)), list(spoken(made))
        changed = [now.text for was, now in zip(before, after, strict=True) if was.text != now.text]
        assert changed
        assert not any(HELD_OUT.says(text) for text in changed)
        for message in made["messages"]:
            for call in message.get("tool_calls") or ():
                tool = next(t for t in made["tools"] if t["function"]["name"] == call["function"]["name"])
                assert arguments_problem(call["function"]["arguments"], tool) == ""


def test_given_values_are_taken_and_held_out_ones_never() -> None:
    source, kept = row("Play Hello by Adele", song="Hello", artist="Adele"), row("Play Zombie now", song="Zombie")
    given_lists = {"song": {"en": ["Zombie", "Yellow", "Hello"]}, "artist": {"en": ["Coldplay"]}}
    made = asks(other_values(source, Values(given_lists, [], HeldOut([kept])), Random(1)))
    assert made == {"Play Yellow by Coldplay"}


def test_without_lists_values_come_from_other_rows_or_are_invented() -> None:
    source, other = row("Play Hello", song="Hello"), row("Put on Yellow", song="Yellow")
    assert "Play Yellow" in asks(other_values(source, Values({}, [source, other], NOBODY), Random(1)))
    invented = asks(other_values(source, Values({}, [source], NOBODY), Random(1)))
    assert len(invented) > 5
    assert "Play Hello" not in invented


def test_what_has_a_shape_is_not_invented() -> None:
    clip, other = row("Play a_b.mp4", song="a_b.mp4"), row("Play c_d.mp4", song="c_d.mp4")
    assert asks(other_values(clip, Values({}, [clip, other], NOBODY), Random(1))) == {"Play c_d.mp4"}
    assert outcomes(other_values(clip, Values({}, [clip], NOBODY), Random(1))) == {"no_value"}


def test_a_list_with_no_other_value_and_a_row_without_values_are_told() -> None:
    alone = Values({"song": {"en": ["hello"]}}, [], NOBODY)
    assert outcomes(other_values(row("Play Hello", song="Hello"), alone, Random(1))) == {"no_value"}
    assert outcomes(other_values(row("Play", volume=3), alone, Random(1))) == {"nothing_to_exchange"}


@pytest.mark.parametrize("wrong", [["a"], {"song": ["Yellow"]}, {"song": {"en": "Yellow"}}, {"song": {"en": [3]}}])
def test_values_of_another_shape_are_refused(wrong: Any) -> None:
    with pytest.raises(AugmentationRefused, match="such as"):
        checked_values(wrong)


def test_english_wordings() -> None:
    found = asks(other_wordings(row("Can you play Hello by Adele?", song="Hello", artist="Adele"), NOBODY, Random(1)))
    assert {"Play Hello by Adele", "Could you play Adele's Hello for me?", "Hey, put on Hello by Adele now"} <= found
    assert not any("please" in text.lower() and text.lower().count("please") > 1 for text in found)
    assert not any(text.startswith(("Can you", "Could you", "Would you")) and text[-1] != "?" for text in found)


def test_thai_wordings() -> None:
    found = asks(other_wordings(row("ช่วยเปิดเพลง ก่อน หน่อย", "th", song="ก่อน"), NOBODY, Random(1)))
    assert {"เปิดเพลง ก่อน", "รบกวนเล่นเพลง ก่อน ให้หน่อยค่ะ"} <= found
    timer = asks(other_wordings(row("ตั้งเวลา 10 นาที", "th", volume=10), NOBODY, Random(1)))
    assert timer
    assert all("10 นาที" in text and text.endswith("นาที") for text in timer), "ที of นาที is no politeness"


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        (row("The song Hello would be nice", song="Hello"), "no_pattern"),
        (row("Joue Hello", "fr", song="Hello"), "no_pattern"),
        (row("Play \ue000 Hello", song="Hello"), "no_pattern"),
        (row("Play", song="Hello") | {"messages": [{"role": "user", "content": "Play"}]}, "no_calls"),
        (row("Play", song="x") | {"messages": [*row("Play", song="x")["messages"] * 2]}, "several_requests"),
    ],
)
def test_what_no_pattern_fits_is_left_out(source: dict[str, Any], outcome: str) -> None:
    assert outcomes(other_wordings(source, NOBODY, Random(1))) == {outcome}


def test_a_held_out_wording_is_never_made() -> None:
    source, kept = row("Play Hello", song="Hello"), row("Please play Yellow!", song="Yellow")
    attempts = list(other_wordings(source, HeldOut([kept]), Random(1)))
    assert outcomes(attempts) == {"held_out_wording"}
    assert "Please play Hello" not in asks(attempts)


def test_held_out_rows_are_asked_by_whole_words() -> None:
    kept = HeldOut([row("Play Purple Rain", song="Purple Rain")])
    assert [kept.says(value) for value in ("purple rain", "Rain", "Train")] == [True, True, False]
    assert kept.identities == {"Purple Rain"}


def test_the_patterns_file_is_sound() -> None:
    for known in patterns().values():
        assert known["openings"][0] == known["closings"][0] == "", "a request may also stand bare"
        assert set(known["questions"]) <= set(known["openings"])
        assert set(known["not_asked"]) <= set(known["closings"])
        for clause in known["clauses"]:
            for form in clause["to"]:
                marks = [name for name in "ab" if f"{{{name}}}" in clause["from"]]
                assert sorted(marks) == sorted(name for name in "ab" if f"{{{name}}}" in form)
