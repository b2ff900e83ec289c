from __future__ import annotations

import json
from contextlib import suppress
from random import Random
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import UnreadableCall
from training.functiongemma import (
    CONTROL_TOKENS,
    MAX_CHARACTERS,
    MAX_DEPTH,
    Parsed,
    call_text,
    parse,
    prompt,
    segments,
)
from training.starters.calls_corpus import conversation

# What people say, with what the format itself is made of.
TEXT = st.text(
    st.sampled_from("{}[]:,<>'\"\\ กู้ภัย\nabc") | st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    max_size=12,
)
SAID = TEXT.filter(lambda text: not any(token in text for token in CONTROL_TOKENS))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True)
NUMBERS = st.integers(-(10**29), 10**29) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | SAID,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)
CALLS = st.lists(st.builds(lambda name, arguments: wrapped(name, arguments), NAMES, ARGUMENTS), max_size=3)
SOUP = st.lists(
    st.sampled_from([*CONTROL_TOKENS, "call:", "play", "{", "}", "[", "]", ":", ",", "1", "-2.5e3", "true", "null"])
    | st.text(max_size=3),
    max_size=30,
).map("".join)


def wrapped(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def body(text: str) -> str:
    return f"<start_function_call>{text}<end_function_call>"


@given(CALLS, SAID)
def test_whatever_is_called_is_read_back(calls: list[dict[str, Any]], said: str) -> None:
    assert parse(said + "".join(map(call_text, calls))) == Parsed(said.strip(), calls)


@given(CALLS, SAID)
def test_what_follows_the_end_of_the_turn_is_not_read(calls: list[dict[str, Any]], said: str) -> None:
    text = "".join(map(call_text, calls))
    assert parse(f"{text}<end_of_turn>\n<start_of_turn>user\n{said}<start_function_call>") == Parsed("", calls)


@given(st.integers(0, 2**64))
def test_generated_conversations_are_read_back_turn_by_turn(seed: int) -> None:
    made = conversation(Random(seed))
    answers = [message for message in made.messages if message["role"] == "assistant"]
    trained = [text for text, learned in segments(made.messages, made.tools) if learned]
    assert [parse(text) for text in trained] == [
        Parsed(answer["content"], answer.get("tool_calls", [])) for answer in answers
    ]


@given(SOUP)
def test_any_text_is_read_or_refused_as_unreadable(text: str) -> None:
    with suppress(UnreadableCall):
        for call in parse(text).calls:
            assert call["function"]["name"]


@given(CALLS.filter(bool), st.data())
def test_a_call_cut_short_is_never_taken_for_another(calls: list[dict[str, Any]], data: st.DataObject) -> None:
    text = "".join(map(call_text, calls))
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with suppress(UnreadableCall):
        assert parse(cut).calls == calls[: len(parse(cut).calls)]


@pytest.mark.parametrize(
    "text",
    [
        "<start_function_call>call:play{}",
        "call:play{}<end_function_call>",
        body(""),
        body("play{}"),
        body("call:{}"),
        body("call:9{}"),
        body("call:play"),
        body("call:play{"),
        body("call:play{} "),
        body("call:play{}{}"),
        body("call:play{song}"),
        body("call:play{song:}"),
        body("call:play{song:Halo}"),
        body("call:play{song:<escape>Halo}"),
        body("call:play{song:1,}"),
        body("call:play{,song:1}"),
        body("call:play{song:1 artist:2}"),
        body("call:play{song:1,song:2}"),
        body("call:play{song:[1}"),
        body("call:play{song:[1,]}"),
        body("call:play{song:True}"),
        body("call:play{song:nan}"),
        body("call:play{song:" + "9" * 31 + "}"),
        body("call:play{song:" + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1) + "}"),
        body("call:play{song:" + "{a:" * 5000 + "1" + "}" * 5000 + "}"),
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_malformed_text_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableCall):
        parse(text)


def test_text_without_a_call_is_text() -> None:
    assert parse(" None of the tools can do this. <end_of_turn>") == Parsed("None of the tools can do this.", [])


@pytest.mark.parametrize("piece", ["{a:", "<escape>", "[", "call:a{b:1}", "<end_function_call>"])
def test_reading_takes_no_longer_than_the_text_is_long(piece: str) -> None:
    text = body("call:a{b:" + piece * ((MAX_CHARACTERS - 60) // len(piece)))
    before = process_time()
    with suppress(UnreadableCall):
        parse(text)
    assert process_time() - before < 0.5


def test_a_conversation_as_the_model_reads_it() -> None:
    tool = {"type": "function", "function": {"name": "stop", "description": "Stop it"}}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": " Stop "},
        {"role": "assistant", "content": "", "tool_calls": [wrapped("stop", {})]},
        {"role": "tool", "name": "stop", "content": "done"},
        {"role": "narrator", "content": "unheard"},
    ]
    assert prompt(messages, [tool]) == (
        "<bos><start_of_turn>developer\nBe kind.\n"
        "You are a model that can do function calling with the following functions"
        "<start_function_declaration>declaration:stop{description:<escape>Stop it<escape>,"
        "parameters:{type:<escape>OBJECT<escape>}}<end_function_declaration><end_of_turn>\n"
        "<start_of_turn>user\nStop<end_of_turn>\n"
        "<start_of_turn>model\n<start_function_call>call:stop{}<end_function_call><end_of_turn>\n"
        "<start_function_response>response:stop{value:<escape>done<escape>}<end_function_response>"
        "<start_of_turn>model\n"
    )
    assert [text for text, learned in segments(messages, [tool]) if learned] == [
        "<start_function_call>call:stop{}<end_function_call><end_of_turn>"
    ]


@given(NAMES, ARGUMENTS)
def test_arguments_are_written_in_one_order(name: str, arguments: dict[str, Any]) -> None:
    backwards = dict(reversed(arguments.items()))
    assert call_text(wrapped(name, arguments)) == call_text(wrapped(name, backwards))


def test_many_opened_calls_are_no_call() -> None:
    with pytest.raises(UnreadableCall):
        parse("<start_function_call>" * (MAX_CHARACTERS // 21))


def test_what_is_read_is_json() -> None:
    with suppress(UnreadableCall):
        json.dumps(parse(body("call:volume{level:1e999}")).calls, allow_nan=False)
