"""What changed between two declarations, and rows that follow: they fit what the tool says now, and lose nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.conftest import tool
from training.row_migration import declared, migrated
from training.tool_changes import changes
from training.tool_schemas import arguments_problem, tool_problem

TEXT, NUMBER, WHOLE, YES = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["low", "high", "ดัง", ""]),
    "integer": st.integers(-3, 3),
    "number": st.integers(-3, 3) | st.sampled_from([0.5, 2.5]),
    "boolean": st.booleans(),
}
NAMES = st.sampled_from(["song", "song_title", "level", "volume", "note", "x"])


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(VALUES)))
    found: dict[str, Any] = {"type": kind}
    if draw(st.booleans()):
        found["description"] = draw(st.sampled_from(["How loud", "Which song", "The song to play"]))
    if draw(st.integers(0, 3)) == 0:
        found["enum"] = draw(st.lists(VALUES[kind], min_size=1, max_size=3, unique_by=repr))
    if draw(st.integers(0, 2)) == 0:
        found["default"] = draw(VALUES[kind])
    if kind == "integer" and draw(st.integers(0, 3)) == 0:
        found["maximum"] = draw(st.integers(0, 3))
    return found


@st.composite
def tools(draw: st.DrawFn) -> dict[str, Any]:
    properties = draw(st.dictionaries(NAMES, schemas(), max_size=4))
    needed = draw(st.lists(st.sampled_from(sorted(properties) or [""]), unique=True)) if properties else []
    made = tool("play", tuple(needed))
    made["function"]["parameters"]["properties"] = properties
    if draw(st.integers(0, 4)) == 0:
        made["function"]["parameters"]["maxProperties"] = draw(st.integers(1, 3))
    return made


def row(*calls: dict[str, Any], declares: dict[str, Any]) -> dict[str, Any]:
    other = {"type": "function", "function": {"name": "stop", "arguments": {"song": "kept", "level": 1}}}
    asked = [{"type": "function", "function": {"name": "play", "arguments": given}} for given in calls]
    return {
        "messages": [
            {"role": "user", "content": "Play it"},
            {"role": "assistant", "content": "", "tool_calls": [*asked, other]},
            {"role": "tool", "name": "play", "content": "ok"},
        ],
        "tools": [tool("stop"), declares],
        "expected": {"calls": [{"name": "play", "arguments": given} for given in calls], "note": "kept"},
    }


def given_in(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The arguments of the calls of `play`, in the messages and then in what is expected."""
    said = [call["function"] for call in row["messages"][1]["tool_calls"]] + row["expected"]["calls"]
    return [call["arguments"] for call in said if call["name"] == "play"]


@given(tools(), tools(), st.data())
def test_a_row_that_followed_fits_and_a_mechanical_change_loses_no_row(
    before: dict[str, Any], after: dict[str, Any], data: st.DataObject
) -> None:
    arguments = data.draw(st.dictionaries(NAMES, st.one_of(*VALUES.values()), max_size=4))
    if arguments_problem(arguments, before):
        arguments = {
            name: data.draw(st.sampled_from(schema["enum"]) if "enum" in schema else VALUES[schema["type"]])
            for name, schema in before["function"]["parameters"]["properties"].items()
        }
    old, found = row(arguments, declares=before), changes(before, after)
    kept = copy.deepcopy(old)
    result = migrated(old, after, found)
    assert old == kept
    if arguments_problem(arguments, before):
        return
    if all(change.mechanical for change in found):
        assert not result.problem
    if result.problem:
        assert result.columns == {}
        return
    new = old | result.columns
    assert declared(new, "play") == after
    assert [arguments_problem(each, after) for each in given_in(new)] == ["", ""]
    names = {change.argument: change.new_name for change in found if change.kind == "renamed"}
    gone = {change.argument for change in found if change.kind == "removed"}
    carried = {names.get(name, name): value for name, value in arguments.items() if name not in gone}
    assert {name: given_in(new)[0][name] for name in carried} == carried
    assert new["messages"][1]["tool_calls"][-1] == old["messages"][1]["tool_calls"][-1]
    assert (new["messages"][0], new["messages"][2]) == (old["messages"][0], old["messages"][2])
    assert new["expected"]["note"] == "kept"


@given(tools(), st.data())
def test_a_rename_there_and_back_gives_the_row_again(before: dict[str, Any], data: st.DataObject) -> None:
    properties = before["function"]["parameters"]["properties"]
    names = {name: f"{name}_now" for name in properties if data.draw(st.booleans())}
    after = copy.deepcopy(before)
    after["function"]["parameters"] |= {
        "properties": {names.get(name, name): schema for name, schema in properties.items()},
        "required": [names.get(name, name) for name in before["function"]["parameters"]["required"]],
    }
    arguments = {name: data.draw(VALUES[schema["type"]]) for name, schema in properties.items()}
    old = row(arguments, declares=before)
    there = changes(before, after, names)
    assert {change.argument: change.new_name for change in there if change.kind == "renamed"} == names
    new = old | migrated(old, after, [change for change in there if change.kind == "renamed"]).columns
    back = changes(after, before, {new_name: name for name, new_name in names.items()})
    again = new | migrated(new, before, [change for change in back if change.kind == "renamed"]).columns
    assert again == old
    assert list(given_in(again)[0]) == list(arguments), "the order stays"


@given(tools())
def test_nothing_changed_in_the_same_declaration(one: dict[str, Any]) -> None:
    assert not tool_problem(one)
    assert changes(one, copy.deepcopy(one)) == []


LOUD = tool("play", ("song",), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]})


@pytest.mark.parametrize(
    ("after", "kind", "argument", "mechanical", "words"),
    [
        (tool("play", ("song",), song=TEXT), "removed", "level", True, "'level' was removed"),
        (
            tool("play", ("song",), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]}, at=TEXT),
            "added",
            "at",
            True,
            "optional argument 'at'",
        ),
        (
            tool("play", ("song", "at"), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]}, at={**TEXT, "default": "now"}),
            "added_required",
            "at",
            True,
            'default, "now"',
        ),
        (
            tool("play", ("song", "at"), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]}, at={**TEXT, "default": 7}),
            "added_required",
            "at",
            False,
            "'at' was added",
        ),
        (
            tool("play", ("song_title",), song_title=TEXT, level={**WHOLE, "enum": [1, 2, 3]}),
            "renamed",
            "song",
            True,
            "now called 'song_title'",
        ),
        (tool("play", ("song",), song=TEXT, level={**WHOLE, "enum": [3, 2, 1]}), "written", "level", True, "order"),
        (
            tool("play", ("song",), song=TEXT, level={**WHOLE, "enum": [1, 2, 3, 4]}),
            "choices_added",
            "level",
            True,
            "also be 4",
        ),
        (
            tool("play", ("song",), song=TEXT, level={**WHOLE, "enum": [1, 2]}),
            "choices_removed",
            "level",
            False,
            "no longer be 3",
        ),
        (tool("play", ("song",), song=TEXT, level=WHOLE), "choices_added", "level", True, "anything of its type"),
        (
            tool("play", ("song",), song=TEXT, level={**NUMBER, "enum": [1, 2, 3]}),
            "type",
            "level",
            True,
            'was "integer" and is "number"',
        ),
        (
            tool("play", ("song",), song=NUMBER, level={**WHOLE, "enum": [1, 2, 3]}),
            "type",
            "song",
            False,
            'was "string" and is "number"',
        ),
        (tool("play", (), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]}), "optional", "song", True, "left out"),
        (
            tool("play", ("song", "level"), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]}),
            "required",
            "level",
            False,
            "now required",
        ),
        (
            tool("play", ("song",), song={**TEXT, "description": "Which"}, level={**WHOLE, "enum": [1, 2, 3]}),
            "description",
            "song",
            True,
            "description",
        ),
        (
            tool("play", ("song",), song={**TEXT, "maxLength": 9}, level={**WHOLE, "enum": [1, 2, 3]}),
            "limits",
            "song",
            False,
            "limits of 'song'",
        ),
    ],
)
def test_one_change_is_said_for_what_it_is(
    after: dict[str, Any], kind: str, argument: str, mechanical: bool, words: str
) -> None:
    (change,) = changes(LOUD, after)
    assert (change.kind, change.argument, change.mechanical) == (kind, argument, mechanical)
    assert words in change.sentence
    assert bool(change.cure) != mechanical


def test_a_choice_that_went_stops_only_the_rows_that_hold_it() -> None:
    after = tool("play", ("song",), song=TEXT, level={**WHOLE, "enum": [1, 2]})
    found = changes(LOUD, after)
    assert not migrated(row({"song": "Halo", "level": 2}, declares=LOUD), after, found).problem
    stopped = migrated(row({"song": "Halo", "level": 3}, declares=LOUD), after, found)
    assert "3 is not one of [1, 2]" in stopped.problem
    assert "Choose another value for 'level'" in stopped.cure


def test_what_became_required_is_fine_where_every_call_has_it() -> None:
    after = tool("play", ("song", "level"), song=TEXT, level={**WHOLE, "enum": [1, 2, 3]})
    found = changes(LOUD, after)
    assert not migrated(row({"song": "Halo", "level": 2}, declares=LOUD), after, found).problem
    assert "Write a value for 'level'" in migrated(row({"song": "Halo"}, declares=LOUD), after, found).cure


def test_a_person_may_say_what_was_renamed_and_what_was_not() -> None:
    after = tool("play", (), title=TEXT, song_name=TEXT)
    before = tool("play", (), song=TEXT)
    assert [(c.kind, c.new_name) for c in changes(before, after)] == [("renamed", "song_name"), ("added", "")]
    said = changes(before, after, {"song": "title"})
    assert [(c.kind, c.argument) for c in said] == [("renamed", "song"), ("added", "song_name")]
    never = changes(before, after, {"song": ""})
    assert [c.kind for c in never] == ["removed", "added", "added"]
    swap = changes(tool("play", (), a=TEXT, b=TEXT), tool("play", (), a=TEXT, b=TEXT), {"a": "b", "b": "a"})
    assert [(c.argument, c.new_name) for c in swap] == [("a", "b"), ("b", "a")]
    merged = changes(tool("play", (), a=TEXT, b=TEXT), tool("play", (), c=TEXT), {"a": "c", "b": "c"})
    assert [c.kind for c in merged] == ["renamed", "removed"]


def test_a_call_that_has_both_names_is_left_to_a_person() -> None:
    before, after = tool("play", (), song=TEXT), tool("play", (), title=TEXT)
    old = row({"song": "Halo", "title": "Halo"}, declares=before)
    assert "has 'song' and 'title'" in migrated(old, after, changes(before, after, {"song": "title"})).problem


@pytest.mark.parametrize("rule", [{"dependentRequired": {"song": ["level"]}}, {"additionalProperties": True}])
def test_rules_about_several_arguments_are_looked_at_call_by_call(rule: dict[str, Any]) -> None:
    before, after = tool("play", (), song=TEXT, level=WHOLE), tool("play", (), song=TEXT)
    for each in (before, after):
        each["function"]["parameters"] |= rule
    assert [(c.kind, c.mechanical) for c in changes(before, after)] == [("rules", False), ("removed", True)]


def test_a_reference_to_another_argument_is_no_mechanical_change() -> None:
    before, after = tool("play", (), a=TEXT, b={"$ref": "#/properties/a"}), tool("play", (), a=TEXT)
    after["function"]["parameters"]["properties"] = {"a": {**TEXT, "title": "A"}, "b": {"$ref": "#/properties/a"}}
    assert ("rules", False) in [(c.kind, c.mechanical) for c in changes(before, after)]


@pytest.mark.parametrize("arguments", ["{}", None, 7])
def test_a_call_that_cannot_be_read_is_left_to_a_person(arguments: Any) -> None:
    after = tool("play", (), song=TEXT)
    assert "no object" in migrated(row(arguments, declares=LOUD), after, changes(LOUD, after)).problem


@pytest.mark.parametrize("broken", [{}, {"messages": None, "tools": []}, {"messages": [1], "tools": [LOUD]}])
def test_a_broken_row_is_left_to_a_person(broken: dict[str, Any]) -> None:
    after = tool("play", (), song=TEXT)
    assert "cannot be read" in migrated(broken, after, changes(LOUD, after)).problem


def test_what_changed_can_be_written_as_json() -> None:
    (change,) = changes(tool("play", (), song=TEXT), tool("play", (), song_title=TEXT))
    assert change.as_json() == {
        "kind": "renamed",
        "argument": "song",
        "mechanical": True,
        "sentence": "The argument 'song' is now called 'song_title'.",
        "to": "song_title",
    }


def test_what_is_about_the_whole_tool_is_said() -> None:
    plain = tool("play", (), song=TEXT)
    told = copy.deepcopy(plain)
    told["function"]["description"] = "Plays."
    assert [(c.kind, c.argument, c.mechanical) for c in changes(plain, told)] == [("description", "", True)]
    strict = copy.deepcopy(plain)
    strict["function"]["strict"] = True
    assert [c.kind for c in changes(plain, strict)] == ["written"]
    limited = copy.deepcopy(plain)
    limited["function"]["parameters"]["minProperties"] = 1
    assert [(c.kind, c.mechanical) for c in changes(plain, limited)] == [("rules", False)]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (TEXT, {"type": ["string", "null"]}, [("type", True)]),
        ({"type": ["string", "null"]}, TEXT, [("type", False)]),
        (TEXT, {}, [("type", True)]),
        ({}, TEXT, [("type", False)]),
        (TEXT, {**TEXT, "enum": ["a"]}, [("choices_removed", False)]),
        ({**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["b"]}, [("choices_added", True), ("choices_removed", False)]),
        ({**TEXT, "enum": [*"abcdefgh"]}, TEXT, [("choices_added", True)]),
        (TEXT, {**TEXT, "enum": "ab"}, [("limits", False)]),
        (True, TEXT, [("type", False), ("limits", False)]),
        (
            {"type": "array", "items": {**TEXT, "title": "A"}},
            {"type": "array", "items": {**TEXT, "title": "B"}},
            [("description", True)],
        ),
        (
            {"type": "object", "properties": {"title": TEXT}},
            {"type": "object", "properties": {"title": WHOLE}},
            [("limits", False)],
        ),
    ],
)
def test_how_one_argument_changed(old: Any, new: Any, kinds: list[tuple[str, bool]]) -> None:
    found = changes(tool("play", (), a=old), tool("play", (), a=new))
    assert [(change.kind, change.mechanical) for change in found] == kinds


def test_a_long_list_of_choices_is_cut_and_long_ones_too() -> None:
    old, new = ({**TEXT, "enum": [letter * 70 for letter in letters]} for letters in ("abcdefgh", "a"))
    (change,) = changes(tool("play", (), a=old), tool("play", (), a=new))
    assert "and 2 more" in change.sentence
    assert len(change.sentence) < 400


def test_arguments_of_other_types_are_not_taken_for_one_another() -> None:
    assert [c.kind for c in changes(tool("play", (), song=TEXT), tool("play", (), songs=YES))] == ["removed", "added"]
    odd = changes(tool("play", (), song=True), tool("play", (), songs=True))
    assert [c.kind for c in odd] == ["removed", "added"]


@pytest.mark.parametrize(
    "stored", [None, 7, [], [None], [{"function": 7}], [{"function": {"name": "play", "parameters": 7}}]]
)
def test_a_row_without_a_readable_declaration_declares_nothing(stored: Any) -> None:
    assert declared({"tools": stored}, "play") is None


def test_a_row_without_calls_gets_the_new_declaration_alone() -> None:
    after = tool("play", (), song=TEXT)
    talk = {"messages": [{"role": "user", "content": "Hi"}], "tools": [LOUD], "expected": {}}
    assert migrated(talk, after, changes(LOUD, after)).columns == {"tools": [after]}
