from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.checked_rows import VOLUME, call_row, called, codes, found, places, row, said, talk
from training.row_checks import CODES, Surroundings, check_row
from training.row_checks.findings import shown

CALL = said("assistant", "", tool_calls=[called("set_volume", {"level": 3})])
RESPONSE = said("tool", "done", name="set_volume")


def test_a_sound_row_has_no_findings() -> None:
    assert codes(talk("Hi there")) == []
    assert codes(row(said("system", "Be kind"), said("user", "Hi"), said("assistant", "Hi"))) == []
    assert codes(row(said("user", "Hi"), CALL, RESPONSE, said("assistant", "Done.")) | {"tools": [VOLUME]}) == []


@pytest.mark.parametrize(
    ("broken", "code", "where"),
    [
        ({}, "no_messages", "messages"),
        ({"messages": []}, "no_messages", "messages"),
        ({"messages": "hello"}, "no_messages", "messages"),
        (row(None, said("assistant", "Hi")), "bad_message", "messages[0]"),
        (row({"role": "user"}, said("assistant", "Hi")), "bad_message", "messages[0]"),
        (row(said("human", "Hi"), said("assistant", "Hi")), "unknown_role", "messages[0].role"),
        (row({"role": ["user"], "content": ""}), "unknown_role", "messages[0].role"),
        (row({"role": "user", "content": [{"text": "Hi"}]}), "content_not_text", "messages[0].content"),
        (row({"role": "user", "content": None}), "content_not_text", "messages[0].content"),
        (talk("Hi", language=7), "wrong_field", "language"),
        (talk("Hi") | {"tools": {}}, "wrong_field", "tools"),
        (talk("Hi", expected=[1]), "wrong_field", "expected"),
        (talk("Hi", split="test"), "unknown_split", "split"),
        (talk(" \n"), "empty_text", "messages[1].content"),
        (talk("\u200b"), "empty_text", "messages[1].content"),
        (talk("Hi", asked=""), "empty_text", "messages[0].content"),
        (call_row({"level": float("nan")}), "not_json", "messages[1].tool_calls[0].arguments.level"),
        (call_row({1: 2}), "not_json", "messages[1].tool_calls[0].arguments"),
    ],
)
def test_what_is_no_row(broken: Any, code: str, where: str) -> None:
    assert where in places(broken, code)
    assert CODES[code][0] == "error"


def test_an_assistant_that_only_calls_may_say_nothing() -> None:
    assert codes(call_row({"level": 3})) == []


def test_nesting_is_followed_to_a_depth_and_no_further() -> None:
    deep: Any = "end"
    for _ in range(5_000):
        deep = {"a": [deep]}
    assert codes(call_row(deep)) == ["too_deep"]
    assert len(places(call_row(deep), "too_deep")[0]) < 500


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([said("user", "a"), said("system", "b"), said("assistant", "c")], "late_system"),
        ([said("system", "a"), said("system", "b"), said("user", "c"), said("assistant", "d")], "late_system"),
        ([said("assistant", "a")], "no_request"),
        ([said("system", "a")], "no_request"),
        ([said("user", "a"), said("user", "b"), said("assistant", "c")], "role_twice"),
        ([said("user", "a"), said("assistant", "b"), said("assistant", "c")], "role_twice"),
        ([said("user", "a"), RESPONSE, said("assistant", "b")], "response_without_call"),
        ([said("user", "a"), said("assistant", "b"), RESPONSE, said("assistant", "b")], "response_without_call"),
        ([said("user", "a"), CALL, RESPONSE, RESPONSE, said("assistant", "b")], "more_responses"),
        ([said("user", "a")], "no_answer"),
        ([said("user", "a"), CALL, RESPONSE], "no_answer"),
    ],
)
def test_turns_that_cannot_follow_one_another(messages: list[Any], code: str) -> None:
    assert codes(row(*messages) | {"tools": [VOLUME]}) == [code]


def test_a_held_out_row_may_end_with_the_request_when_it_says_what_is_right() -> None:
    asked = row(said("user", "a"))
    assert codes(asked | {"split": "held_out", "expected": {"required": ["x"]}}) == []
    assert codes(asked | {"split": "held_out", "expected": {}}) == ["no_answer"]
    assert codes(asked | {"split": "train", "expected": {"required": ["x"]}}) == ["no_answer"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"name": "x", "items": [1, 2', "cut_json"),
        ('[{"name": "x}"}', "cut_json"),
        ("Like this:\n```python\nprint(1)", "open_fence"),
        ("We met in a house (the old", "open_bracket"),
        ("เขาพูดว่า “ไปกัน", "open_bracket"),
        ('She said "and then', "open_bracket"),
        ("วันนี้อากาศดีแ", "cut_thai"),
        ("เขาเป็นคนที่รั", "cut_thai"),
        ("เขาชื่", "cut_thai"),
        ("And so it goes...", "trailing_dots"),
    ],
)
def test_texts_that_break_off(text: str, code: str) -> None:
    assert codes(talk(text)) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "no full stop",
        "ก็",
        "ชื่อดี",
        "สวัสดีค่ะ",
        '{"name": "}{"}',
        "[Yellow](song) is a song",
        "```\ncode (\n``` done",
        "Good morning :(",
        "1) first 2) second",
        'A screen of 15"',
        "(an aside that nobody closed.",
        "interval [0, 1)",
        "I ❤ you <3",
    ],
)
def test_texts_that_only_look_short(text: str) -> None:
    assert codes(talk(text)) == []


def test_a_user_may_leave_a_quote_open_and_trail_off() -> None:
    assert codes(talk("Yes", asked='How does "The quick brown')) == []
    assert codes(talk("Yes", asked="Hmm...")) == []


def test_findings_are_json_and_say_everything() -> None:
    (finding,) = found(talk("Hi", split="\ud800te\x00st"))
    assert json.loads(json.dumps(finding.as_json()).encode("utf-8")) == {
        "code": "unknown_split",
        "severity": "error",
        "where": "split",
        "message": "There is no split '\\ud800te\\u0000st'.",
        "cure": "Use train or held_out.",
        "values": {"split": "\\ud800te\\u0000st"},
    }
    assert len(shown("x" * 500)) == 120


def test_codes_are_named_once_and_every_sentence_is_one() -> None:
    from training.row_checks import FAMILIES, length

    kinds = [kind for family in (*FAMILIES, length) for kind in family.KINDS]
    assert len(kinds) == len(CODES)
    assert {kind.severity for kind in kinds} == {"error", "warning", "notice"}
    for kind in kinds:
        assert kind.title[0].isupper()
        assert not kind.title.endswith(".")
        for sentence in (kind.message, kind.cure):
            assert sentence[0].isupper() or sentence.startswith("'")
            assert sentence.endswith((".", "}"))


SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["user", "assistant", "tool", "function", "set_volume", "type", "object", "$ref", "#/x", "string"]),
    st.text(st.characters(codec=None), max_size=12),
)
KEYS = st.sampled_from(
    "role content tool_calls name arguments function type parameters properties required calls level items enum"
    " additionalProperties $ref pattern $defs minimum".split()
) | st.text(max_size=4)
JUNK: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
FIELDS = ("messages", "tools", "task", "language", "context", "expected", "split", "group", "brand")


def holds(findings: list[Any]) -> None:
    for finding in findings:
        assert CODES[finding.code][0] == finding.severity
        json.dumps(finding.as_json(), allow_nan=False, ensure_ascii=False).encode("utf-8")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JUNK)))
def test_whatever_a_row_holds_it_is_checked(junk: dict[str, Any]) -> None:
    holds(check_row(junk, Surroundings(("banned", ""), lambda row: 1)))


MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": st.text() | JUNK},
    optional={
        "name": JUNK,
        "tool_calls": st.lists(
            st.builds(called, st.sampled_from(["set_volume", "x"]), st.dictionaries(KEYS, JUNK, max_size=3) | JUNK)
            | JUNK,
            max_size=2,
        ),
    },
)
SCHEMA = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(KEYS, JUNK, max_size=3)}, optional={"required": JUNK}
)
TOOL = st.builds(
    lambda parameters: {"type": "function", "function": {"name": "set_volume", "parameters": parameters}}, SCHEMA | JUNK
)


@given(st.lists(MESSAGE, max_size=4), st.lists(TOOL | JUNK, max_size=2), JUNK)
def test_nearly_sound_rows_are_checked_too(messages: list[Any], tools: list[Any], expected: Any) -> None:
    holds(found({"messages": messages, "tools": tools, "expected": expected, "language": "th"}))


@pytest.mark.parametrize("nothing", [None, [], "row", 3])
def test_what_is_no_object_has_no_messages(nothing: Any) -> None:
    assert codes(nothing) == ["no_messages"]


@pytest.mark.parametrize(
    "part", ["1", "1-", "a@", "a.", "((", "[{", "`a", "ก่", "เธ", "à¸", "\u200d", "081-", "<|a", '"']
)
def test_long_texts_take_no_longer_than_they_are(part: str) -> None:
    """A pattern that tries again from every character takes some 15 s for this, a sound one a tenth of a second."""
    started = process_time()
    holds(found(talk(part * (60_000 // len(part)), language="th"), banned_words=("cheap",)))
    assert process_time() - started < 5
