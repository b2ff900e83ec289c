from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.training.pure.checked_rows import VOLUME, call_row, called, codes, found, places, row, said, talk

ARGUMENTS = "messages[1].tool_calls[0].arguments"


def tool(parameters: Any = None, name: Any = "set_volume") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": "", "parameters": parameters}}


def taking(**properties: Any) -> dict[str, Any]:
    return tool({"type": "object", "properties": properties})


@pytest.mark.parametrize(
    ("arguments", "code", "where"),
    [
        ({"level": 150}, "wrong_argument", f"{ARGUMENTS}.level"),
        ({"level": "3"}, "wrong_argument", f"{ARGUMENTS}.level"),
        ({"level": 3, "loud": True}, "unknown_argument", f"{ARGUMENTS}.loud"),
        ({"note": "x"}, "missing_argument", ARGUMENTS),
        ({}, "missing_argument", ARGUMENTS),
        ('{"level": 3}', "arguments_as_text", ARGUMENTS),
        (None, "arguments_not_object", ARGUMENTS),
        ([3], "arguments_not_object", ARGUMENTS),
    ],
)
def test_arguments_that_do_not_fit(arguments: Any, code: str, where: str) -> None:
    checked = call_row(arguments)
    assert codes(checked) == [code]
    assert places(checked, code) == [where]


def test_each_wrong_argument_is_told_apart() -> None:
    checked = call_row({"note": 7, "loud": 1})
    assert codes(checked) == ["missing_argument", "unknown_argument", "wrong_argument"]
    (unknown,) = [f for f in found(checked) if f.code == "unknown_argument"]
    assert unknown.cure == "Use one of these: level, note."


def test_a_rule_over_several_arguments_is_found_as_one() -> None:
    strict = taking(a={"type": "string"}, b={"type": "string"})
    strict["function"]["parameters"]["dependentRequired"] = {"a": ["b"]}
    checked = call_row({"a": "x"}, tools=[strict])
    assert places(checked, "wrong_argument") == [ARGUMENTS]
    assert codes(call_row({"a": "x", "b": "y"}, tools=[strict])) == []


def test_a_tool_may_take_more_than_it_declares_and_refer_to_its_definitions() -> None:
    free = taking(level={"type": "integer"})
    free["function"]["parameters"]["additionalProperties"] = True
    assert codes(call_row({"level": 3, "more": 1}, tools=[free])) == []
    shared = taking(level={"type": "integer", "$ref": "#/$defs/level"}, other={"type": "string"})
    shared["function"]["parameters"]["$defs"] = {"level": {"maximum": 5}}
    assert codes(call_row({"level": 5}, tools=[shared])) == []
    assert places(call_row({"level": 6, "other": "x"}, tools=[shared]), "wrong_argument") == [f"{ARGUMENTS}.level"]


def test_tools_that_are_not_declared() -> None:
    assert codes(call_row({}, tools=[])) == ["unknown_tool"]
    assert codes(call_row({"level": 3}, name="volume")) == ["unknown_tool"]


@pytest.mark.parametrize("call", [None, "call", {}, {"type": "function"}, {"function": {"name": "set_volume"}}])
def test_what_is_no_call(call: Any) -> None:
    assert "bad_call" in codes(row(said("user", "a"), said("assistant", "b", tool_calls=[call])))
    assert "bad_call" in codes(row(said("user", "a"), said("assistant", "b", tool_calls={"0": call})))


def test_only_the_assistant_calls() -> None:
    asked = said("user", "a", tool_calls=[called("set_volume", {"level": 3})])
    assert codes(row(asked, said("assistant", "b")) | {"tools": [VOLUME]}) == ["misplaced_calls"]


def test_a_response_names_its_tool() -> None:
    messages = call_row({"level": 3})["messages"]
    unnamed: list[dict[str, Any]] = [{}, {"name": "x"}, {"name": None}]
    for name, expected in [*((name, ["unnamed_response"]) for name in unnamed), ({"name": "set_volume"}, [])]:
        answered = row(*messages, said("tool", "ok", **name), said("assistant", "Done")) | {"tools": [VOLUME]}
        assert codes(answered) == expected


def test_the_expected_calls_are_checked_as_well() -> None:
    asked = row(said("user", "Louder")) | {"split": "held_out", "tools": [VOLUME]}
    right = {"calls": [{"name": "set_volume", "arguments": {"level": 3}}]}
    wrong = {"calls": [{"name": "set_volume", "arguments": {"level": 300}}]}
    assert codes(asked | {"expected": right}) == []
    assert places(asked | {"expected": wrong}, "wrong_argument") == ["expected.calls[0].arguments.level"]


@pytest.mark.parametrize(
    "unsound",
    [
        None,
        {},
        {"type": "function"},
        tool(name="2 words"),
        tool({"type": "string"}),
        tool({"type": "object", "properties": {"level": {"type": "number!"}}}),
        tool({"type": "object", "properties": {"the level": {"type": "string"}}}),
        tool({"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}}),
        tool({"type": "object", "minProperties": float("nan")}),
    ],
)
def test_unsound_declarations(unsound: Any) -> None:
    assert places(talk("Hi") | {"tools": [unsound]}, "unsound_tool") == ["tools[0]"]


def test_a_tool_is_declared_once() -> None:
    assert places(talk("Hi") | {"tools": [VOLUME, deepcopy(VOLUME)]}, "tool_twice") == ["tools[1]"]


def test_schemas_that_an_executor_is_not_shown_whole() -> None:
    assert codes(talk("Hi") | {"tools": [taking(level=True)]}) == ["unwritable_tool"]
    assert codes(talk("Hi") | {"tools": [taking(level={"type": "array", "items": True})]}) == ["unwritable_tool"]
    loose = talk("Hi") | {"tools": [taking(level={"type": ["integer", "null"]}, name={"anyOf": [{"type": "string"}]})]}
    properties = "tools[0].function.parameters.properties"
    assert places(loose, "flattened_schema") == [f"{properties}.level", f"{properties}.name"]


def test_a_schema_that_breaks_the_validator_is_a_finding() -> None:
    endless = taking(level={"type": "integer", "$ref": "#/properties/level"})
    assert codes(call_row({"level": 3}, tools=[endless])) == ["wrong_argument"]
    divided = taking(level={"type": "number", "multipleOf": 0.1})
    assert codes(call_row({"level": 10**400}, tools=[divided])) == ["unwritable_call", "wrong_argument"]
    nowhere = taking(level={"type": "integer", "$ref": "//["})
    assert codes(call_row({"level": 3}, tools=[nowhere])) == ["wrong_argument"]


@pytest.mark.parametrize("text", ["<escape>", "a <end_of_turn> b", "<bos>"])
def test_control_tokens_are_found_wherever_they_stand(text: str) -> None:
    assert places(talk(text), "control_token") == ["messages[1].content"]
    assert places(talk("Hi", context=text), "control_token") == ["context"]
    in_call = call_row({"level": 3, "note": text})
    assert codes(in_call) == ["control_token"]
    assert places(in_call, "control_token") == [f"{ARGUMENTS}.note"]
    described = deepcopy(VOLUME)
    described["function"]["description"] = text
    assert places(call_row({"level": 3}, tools=[described]), "control_token") == ["tools[0].function.description"]


@pytest.mark.parametrize("text", ["<|im_end|>", "[INST] Hi", "<functioncall> {}", "<|endoftext|>"])
def test_remnants_of_other_templates(text: str) -> None:
    assert codes(talk(text + " ok")) == ["template_remnant"]


DEEP: Any = 1
for _ in range(18):
    DEEP = [DEEP]


@pytest.mark.parametrize("value", [{"a b": 1}, {"ชื่อ": 1}, 10**40, DEEP])
def test_calls_that_the_format_cannot_carry(value: Any) -> None:
    free = tool({"type": "object", "additionalProperties": True})
    assert codes(call_row({"x": value}, tools=[free])) == ["unwritable_call"]


CARRIED = ["{a:[1,2]}", 'a "quoted" \\ text', -0.5, 1e300, [], {}, None, "ทดสอบ 🎵", [{"a": [True]}]]


@pytest.mark.parametrize("value", CARRIED)
def test_calls_that_it_can(value: Any) -> None:
    free = tool({"type": "object", "additionalProperties": True})
    assert codes(call_row({"x": value}, tools=[free])) == []


def test_the_name_of_a_called_tool_is_one() -> None:
    assert codes(call_row({}, name="set volume")) == ["unknown_tool", "unwritable_call"]
