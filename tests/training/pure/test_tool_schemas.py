from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.pure.conftest import tool
from training.tool_schemas import arguments_problem, problem, tool_problem

LEVEL = tool("volume", ("level",), level={"type": "integer", "maximum": 100})


def test_fitting_arguments_have_no_problem() -> None:
    assert arguments_problem({"level": 7}, LEVEL) == ""
    assert arguments_problem({}, {"type": "function", "function": {"name": "stop"}}) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "required"),
        ({"level": 101}, "level: 101"),
        ({"level": True}, "integer"),
        ({"level": 7, "loud": True}, "'loud' was unexpected"),
        ([], "object"),
    ],
)
def test_what_does_not_fit_is_said(arguments: Any, words: str) -> None:
    assert words in arguments_problem(arguments, LEVEL)


def test_a_tool_may_allow_arguments_it_does_not_declare() -> None:
    free = {"function": {"name": "log", "parameters": {"type": "object", "additionalProperties": True}}}
    assert arguments_problem({"anything": 1}, free) == ""


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/schema.json", "#/nowhere"])
def test_a_reference_that_leads_nowhere_is_no_crash(reference: str) -> None:
    assert "refers to" in problem({}, {"$ref": reference})


def test_a_reference_is_not_followed_out_of_the_schema(tmp_path: Path) -> None:
    (tmp_path / "anything.json").write_text("{}")
    assert "refers to" in problem({}, {"$ref": (tmp_path / "anything.json").as_uri()})


def test_a_schema_that_refers_to_itself_for_ever_is_no_crash() -> None:
    assert problem({}, {"$ref": "#"})


@pytest.mark.parametrize(
    ("declaration", "words"),
    [
        ({}, "function"),
        ({"type": "function", "function": "play"}, "function"),
        ({"type": "function", "function": {}}, "None is no tool name"),
        ({"type": "function", "function": {"name": "play it"}}, "'play it'"),
        ({"type": "function", "function": {"name": "p", "parameters": []}}, "type object"),
        ({"type": "function", "function": {"name": "p", "parameters": {"type": "array"}}}, "type object"),
        (tool("p", level={"type": "many"}), "JSON Schema"),
        (tool("p", (), **{"the level": {"type": "string"}}), "'the level'"),
    ],
)
def test_a_bad_declaration_is_told_apart(declaration: dict[str, Any], words: str) -> None:
    assert words in tool_problem(declaration)


def test_a_tool_without_parameters_is_a_tool() -> None:
    assert tool_problem({"type": "function", "function": {"name": "stop"}}) == ""
    assert tool_problem(LEVEL) == ""
