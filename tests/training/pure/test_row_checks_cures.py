"""Cures: a mended row is without the finding, nothing else in it has changed, and mending again changes nothing."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.checked_rows import VOLUME, call_row, called, codes, row, said, talk
from training.row_checks.cures import CURES, cured, mended
from training.row_checks.reading import FIELDS
from training.row_checks.showing import visible

ODD = st.sampled_from(
    ["\x00", "\x07", "\x1b[0m", "\x0b", "\x7f", "\x85", "\r", "\r\n", "\u200b", "\u200d", "\u200c", "\xad", "\ufeff",
     "\u2028", "\u202e", "e\u0301", "ํา", "เเ", "้้", "่ี", "ี่", "ก", "น้ำ", "สวัสดี", "👩‍💻", "é", "Â°", "â€™", "à¸ª",
     "ÊÇÑÊ´Õ¤ÃÑº", "โ€™", "\ue000", "\ufffd", "a", " ", "\n", "CAFÉ… "]
)  # fmt: skip
TEXTS = st.lists(ODD, max_size=8).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(TEXTS, VALUES, max_size=3)
CALLS = st.builds(called, st.sampled_from(["set_volume", "stop"]), ARGUMENTS | ARGUMENTS.map(json.dumps) | VALUES)
MESSAGES = st.builds(
    lambda role, content, calls, name: (
        {"role": role, "content": content, "name": name} | ({"tool_calls": calls} if calls else {})
    ),
    st.sampled_from(["system", "user", "assistant", "tool"]),
    TEXTS | st.none(),
    st.lists(CALLS | VALUES, max_size=2),
    st.none() | st.sampled_from(["", "set_volume", "stop"]),
)
ROWS = st.fixed_dictionaries(
    {
        "messages": st.lists(MESSAGES | VALUES, max_size=5) | VALUES,
        "tools": st.lists(st.just(VOLUME) | VALUES, max_size=3) | VALUES,
        "context": TEXTS | VALUES,
        "expected": st.fixed_dictionaries({"calls": st.lists(CALLS | VALUES, max_size=2) | VALUES}) | VALUES,
    }
)


def read_as(text: str, codec: str) -> str:
    """UTF-8 as it looks when it is read in another encoding; bytes that encoding lacks are read as Latin-1."""
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in text.encode())


@given(ROWS, st.sampled_from(sorted(CURES)))
def test_a_cured_row_no_longer_has_the_finding_and_is_cured_once(found: dict[str, Any], code: str) -> None:
    before = json.dumps(found, sort_keys=True)
    made = cured(found, code)
    assert json.dumps(found, sort_keys=True) == before
    if made is not None:
        assert code in codes(found)
        assert code not in codes(made)
        assert cured(made, code) is None


@given(ROWS)
def test_what_was_mended_stays_mended(found: dict[str, Any]) -> None:
    made, done = mended(found)
    assert mended(made) == (made, []) or json.dumps(mended(made)) == json.dumps((made, []))
    if not done:
        assert made == found or json.dumps(made) == json.dumps(found)


@given(TEXTS)
def test_only_signs_that_nobody_sees_go(text: str) -> None:
    made, done = mended(talk(text), ["invisible_character", "control_character"])
    if done:
        kept = made["messages"][1]["content"]
        assert [sign for sign in kept if sign.isalpha()] == [s for s in text.replace("\x1b[0m", "") if s.isalpha()]


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [
        ("a\x07b", "control_character", "ab"),
        ("\x1b[31mred\x1b[0m", "control_character", "red"),
        ("one\x0btwo", "control_character", "one\ntwo"),
        ("one\r\ntwo\rthree", "carriage_return", "one\ntwo\nthree"),
        ("ไทย\u200bคำ", "invisible_character", "ไทยคำ"),
        ("\ufeffHello", "invisible_character", "Hello"),
        ("a\u2028b", "invisible_character", "a\nb"),
        ("\u200b👩\u200d💻", "invisible_character", "👩\u200d💻"),
        (unicodedata.normalize("NFD", "café"), "not_nfc", "café"),
        ("นํ้า ทําไม น้ํา", "thai_lookalike", "น้ำ ทำไม น้ำ"),
        ("เเม่", "thai_lookalike", "แม่"),
        ("ที่่นี่", "thai_doubled", "ที่นี่"),
        ("ท่ีนี่", "thai_order", "ที่นี่"),
        ("caf\u00c3\u00a9 and 20 \u00c2\u00b0C", "mojibake", "café and 20 °C"),
        ("ราคา 20 \u00c2\u00b0C ครับ", "mojibake", "ราคา 20 °C ครับ"),
        ("สวัสดีครับ คนไทย".encode("tis-620").decode("latin-1"), "mojibake", "สวัสดีครับ คนไทย"),
        (read_as("it’s fine", "cp874"), "mojibake", "it’s fine"),
        (read_as("สวัสดี 😀", "latin-1"), "mojibake", "สวัสดี 😀"),
        (read_as("\ufeffHello", "cp1252"), "mojibake", "Hello"),
        (read_as(read_as("it’s", "cp1252"), "cp1252"), "mojibake", "it’s"),
    ],
)
def test_texts_are_mended_wherever_they_stand(text: str, code: str, meant: str) -> None:
    made = cured(talk(text, context=text), code)
    assert made is not None
    assert (made["messages"][1]["content"], made["context"]) == (meant, meant)
    made = cured(call_row({"level": 3, "note": text}), code)
    assert made is not None
    assert made["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"level": 3, "note": meant}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x85b", "control_character"),
        ("\x93quoted\x94", "control_character"),
        ("caf\ufffd", "replacement_character"),
        (read_as("caf\ufffd", "cp1252"), "replacement_character"),
        ("ÊÇÑÊ´Õ and déjà vu, für", "mojibake"),
        ("Ã‰ and â€™ and Ã", "mojibake"),
        ("ท\uf70aี", "private_character"),
        ("ะก", "thai_stray"),
    ],
)
def test_what_only_a_person_can_tell_is_left(text: str, code: str) -> None:
    assert cured(talk(text), code) is None


def test_one_text_that_cannot_be_mended_leaves_the_row_as_it_is() -> None:
    assert cured(talk("a\x85b", asked="a\x07b"), "control_character") is None


def test_arguments_become_objects_in_calls_and_in_what_is_expected() -> None:
    text = '{"level": 3, "note": "a\\u200bb"}'
    found = call_row(text, expected={"calls": [{"name": "set_volume", "arguments": text}]})
    made, done = mended(found)
    assert done == ["arguments_as_text", "invisible_character"]
    meant = {"level": 3, "note": "ab"}
    assert made["messages"][1]["tool_calls"] == [called("set_volume", meant)]
    assert made["expected"] == {"calls": [{"name": "set_volume", "arguments": meant}]}


@pytest.mark.parametrize("text", ["loud", "[1]", '{"level": NaN}', '{"level": 1, "level": 2}', ""])
def test_arguments_that_are_no_object_are_left(text: str) -> None:
    assert cured(call_row(text), "arguments_as_text") is None


def test_arguments_as_text_in_a_text_are_read_twice() -> None:
    made = cured(call_row(json.dumps('{"level": 3}')), "arguments_as_text")
    assert made is not None
    assert made["messages"][1]["tool_calls"] == [called("set_volume", {"level": 3})]


def test_two_names_that_would_become_one_are_left() -> None:
    assert cured(call_row({"level": 3, "no\u200bte": "x", "note": "y"}), "invisible_character") is None
    made = cured(call_row({"level": 3, "no\u200bte": "x"}), "invisible_character")
    assert made is not None
    assert made["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"level": 3, "note": "x"}


def test_no_content_beside_calls_is_an_empty_text() -> None:
    found = call_row({"level": 3})
    found["messages"][1]["content"] = None
    made = cured(found, "content_not_text")
    assert made is not None
    assert made["messages"][1]["content"] == ""
    assert cured(row(said("user", None), said("assistant", "Yes.")), "content_not_text") is None  # type: ignore[arg-type]


def test_the_very_same_tool_is_declared_once() -> None:
    made = cured(call_row({"level": 3}, tools=[VOLUME, VOLUME]), "tool_twice")
    assert made is not None
    assert made["tools"] == [VOLUME]
    other = VOLUME | {"function": VOLUME["function"] | {"description": "Louder or quieter"}}
    assert cured(call_row({"level": 3}, tools=[VOLUME, other]), "tool_twice") is None


@pytest.mark.parametrize(
    ("names", "meant"), [(["", ""], True), (["set_volume", ""], True), ([""], False), (["", "stop"], False)]
)
def test_a_response_is_named_by_the_call_it_answers(names: list[str], meant: bool) -> None:
    calls = [called("set_volume", {"level": 3}), called("set_volume", {"level": 4})]
    found = row(
        said("user", "Louder"),
        said("assistant", "", tool_calls=calls),
        *(said("tool", "done", name=name) for name in names),
        said("assistant", "Done."),
        tools=[VOLUME],
    )
    made = cured(found, "unnamed_response")
    assert (made is not None) == meant
    if made:
        assert [m["name"] for m in made["messages"] if m["role"] == "tool"] == ["set_volume", "set_volume"]


def test_signs_that_nobody_sees_are_named_for_a_person() -> None:
    assert visible("a\u200bb\r\n\x07") == "a[U+200B]b[U+000D]\n[U+0007]"
    assert visible("👩\u200d💻 ที่นี่ é") == "👩\u200d💻 ที่นี่ é"


def test_a_row_of_anything_is_never_an_error() -> None:
    deep: Any = "\u200b"
    for _ in range(5000):
        deep = [deep]
    for broken in ({}, {"messages": deep}, {"messages": [{"content": float("nan")}]}, dict.fromkeys(FIELDS, 7)):
        assert mended(broken) == (broken, [])
