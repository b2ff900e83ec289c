"""Patterns of tool schemas: none of them stalls."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.conftest import tool
from training.schema_patterns import found_in, name_pattern_problem, pattern_problem
from training.tool_schemas import arguments_problem, tool_problem

CATASTROPHES = [
    r"^(a+)+$",
    r"(a|a)*b",
    r"(a|aa)+$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(.*a){25}b",
    r"(\s+)*!",
    "a*a*a*b",
]
text = {"type": "string"}


@given(st.text(max_size=30) | st.text(r"()[]{}|*+?\^$.,-:<P=!0123ab", max_size=30), st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused_with_a_reason(pattern: str, said: str) -> None:
    if not pattern_problem(pattern):
        assert found_in(pattern, said) in (True, False)


@pytest.mark.parametrize("pattern", CATASTROPHES)
def test_a_catastrophic_pattern_ends(pattern: str) -> None:
    """Python's own matcher would need longer than the universe is old, and the suite would not end."""
    said = "a" * 3000 + "\0"
    assert not found_in(pattern, said)
    assert "does not match" in arguments_problem({"word": said}, tool("t", word={**text, "pattern": r"^(a+)+$"}))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=a)a", "(?="),
        (r"(a)\1", "escape"),
        ("((a{50}){50}){50}", "repetition"),
        ("a" * 201, "201 characters"),
        ("(a", "missing )"),
        ("a)", "unexpected )"),
        ("[a", "missing ]"),
        ("a**", "repetition"),
        (7, "no text"),
    ],
)
def test_what_cannot_be_matched_is_refused_with_its_reason(pattern: Any, words: str) -> None:
    assert words in pattern_problem(pattern)


@pytest.mark.parametrize(
    "schema",
    [
        {**text, "pattern": "(?<=a)b"},
        {"type": "array", "items": {**text, "pattern": "(?<=a)b"}},
        {"type": "object", "patternProperties": {"(a+)+$": text}},
        {"type": "object", "patternProperties": {"(?=a)": text}},
        {"anyOf": [{"$ref": "#/$defs/x"}], "x-hidden": {"pattern": r"(a)\1"}},
    ],
)
def test_a_declaration_with_such_a_pattern_is_told_apart(schema: dict[str, Any]) -> None:
    assert "the pattern" in tool_problem(tool("t", word=schema))


def test_usual_patterns_are_fine() -> None:
    for pattern in (r"^\d{4}-\d{2}-\d{2}$", r"^[a-z]+(-[a-z]+)*$", r"^(\+66|0)[689]\d{8}$", r"^[-a-z0-9_]{1,50}$"):
        assert tool_problem(tool("t", word={**text, "pattern": pattern})) == ""
    assert name_pattern_problem("^x_") == "" == tool_problem(tool("t", pattern=text))
    assert tool_problem(tool("t", more={"type": "object", "patternProperties": {"^x_": text}})) == ""


def test_a_pattern_beside_a_value_that_is_no_text_says_nothing() -> None:
    assert arguments_problem({"word": 7}, tool("t", word={"pattern": "^a"})) == ""
    assert "its pattern cannot be used" in arguments_problem({"word": "a"}, tool("t", word={"pattern": "(?=a)"}))
