from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.fields import check_json
from training.errors import UnreadableTool
from training.functiongemma import declaration
from training.tool_import import MOST_CHARACTERS, read_tools, tool_text
from training.tool_schemas import tool_problem

PLAY = {
    "name": "play",
    "description": "Play a song.",
    "parameters": {"type": "object", "properties": {"song": {"type": "string"}}, "required": ["song"]},
}
WRAPPED = {"type": "function", "function": PLAY}
GOOGLE = '''
def set_alarm(time: str, repeat: Literal["daily", "never"] = "never", days: list[int] | None = None) -> bool:
    """Set an alarm
    on this device.

    It rings until it is stopped.

    Args:
        time (str): When, such as 7:30.
            Twenty-four hours: not twelve.
        repeat: How  often.

    Returns:
        days: whether it is set
    """
'''
NUMPY = '''
async def add(x: int, y: int, *, note: Optional[str] = None):
    """Add.

    Parameters
    ----------
    x, y : int
        What is
        added.
    note : str, optional

    Returns
    -------
    days : int
        The sum.
    """
'''
REST = '''
def stop(after: float, now: "bool" = False):
    """Stop the music.

    :param float after: Seconds
        to wait.
    :param now: At once
    :returns: nothing
    """
'''


def properties(source: str) -> dict[str, Any]:
    (tool,) = read_tools(source)
    found: dict[str, Any] = tool["function"]["parameters"]["properties"]
    return found


@pytest.mark.parametrize(
    "given",
    [PLAY, WRAPPED, [PLAY], [WRAPPED], {"tools": [WRAPPED]}, {"functions": [PLAY]}, {"type": "function", **PLAY}],
)
def test_openai_declarations_are_read_in_every_wrapping(given: Any) -> None:
    assert read_tools(f"\ufeff {json.dumps(given)}\n") == [WRAPPED]


def test_a_json_schema_is_a_tool_called_by_its_title() -> None:
    schema = {"title": "Set alarm", "description": "ตั้งปลุก", "type": "object", "properties": {"at": {"type": "string"}}}
    assert read_tools(json.dumps(schema, ensure_ascii=False)) == [
        {
            "type": "function",
            "function": {
                "name": "Set_alarm",
                "description": "ตั้งปลุก",
                "parameters": {"properties": {"at": {"type": "string"}}, "type": "object"},
            },
        }
    ]


def test_a_function_with_a_google_docstring() -> None:
    (tool,) = read_tools(GOOGLE)
    assert tool["function"] == {
        "name": "set_alarm",
        "description": "Set an alarm on this device.",
        "parameters": {
            "type": "object",
            "properties": {
                "time": {"type": "string", "description": "When, such as 7:30. Twenty-four hours: not twelve."},
                "repeat": {
                    "type": "string",
                    "enum": ["daily", "never"],
                    "description": "How often.",
                    "default": "never",
                },
                "days": {"type": "array", "items": {"type": "integer"}},
            },
            "required": ["time"],
        },
    }


def test_functions_with_numpy_and_rest_docstrings() -> None:
    add, stop = (tool["function"] for tool in read_tools(NUMPY + REST))
    assert (add["description"], stop["description"]) == ("Add.", "Stop the music.")
    assert add["parameters"] == {
        "type": "object",
        "properties": {
            "x": {"type": "integer", "description": "What is added."},
            "y": {"type": "integer", "description": "What is added."},
            "note": {"type": "string"},
        },
        "required": ["x", "y"],
    }
    assert stop["parameters"] == {
        "type": "object",
        "properties": {
            "after": {"type": "number", "description": "Seconds to wait."},
            "now": {"type": "boolean", "description": "At once", "default": False},
        },
        "required": ["after"],
    }


def test_a_docstring_that_begins_with_its_arguments_describes_nothing_else() -> None:
    (tool,) = read_tools('def f(a: int):\n    """Args:\n        a: The a.\n    """')
    assert tool["function"]["description"] == ""
    assert properties("def f(a: int):\n    ...") == {"a": {"type": "integer"}}


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        ("str", {"type": "string"}),
        ("float", {"type": "number"}),
        ("list", {"type": "array"}),
        ("List[str]", {"type": "array", "items": {"type": "string"}}),
        ("list[Any]", {"type": "array"}),
        ("typing.Sequence[list[bool]]", {"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}),
        ("dict", {"type": "object"}),
        ("dict[str, Any]", {"type": "object"}),
        ("dict[str, int]", {"type": "object", "additionalProperties": {"type": "integer"}}),
        ("Literal[1, 2, 1]", {"type": "integer", "enum": [1, 2]}),
        ("typing.Literal['a']", {"type": "string", "enum": ["a"]}),
        ("Any", {}),
        ("'list[int] | None'", {"type": "array", "items": {"type": "integer"}}),
        ("int | float", {"type": "number"}),
        ("Union[str, None]", {"type": "string"}),
        ("Optional['Optional[int]']", {"type": "integer"}),
    ],
)
def test_hints_are_schemas(hint: str, schema: dict[str, Any]) -> None:
    assert properties(f"def f(a: {hint}): pass") == {"a": schema}


@pytest.mark.parametrize(
    ("argument", "default", "required"),
    [
        ("a: int", None, True),
        ("a: int | None", None, False),
        ("a: Optional[int]", None, False),
        ("a: int = -3", -3, False),
        ("a: list[str] = ['x']", ["x"], False),
        ("a: int | None = None", None, False),
        ("a: int = LIMIT", None, False),
        ("a: dict = dict()", None, False),
        ("a: Any = (1, 2)", None, False),
    ],
)
def test_what_has_a_default_is_not_required(argument: str, default: Any, required: bool) -> None:
    (tool,) = read_tools(f"def f({argument}): pass")
    parameters = tool["function"]["parameters"]
    assert parameters["properties"]["a"].get("default") == default
    assert parameters["required"] == (["a"] if required else [])


def test_the_source_is_never_executed(tmp_path: Path) -> None:
    made = tmp_path / "made"
    source = f"open({str(made)!r}, 'w')\ndef f(a: int = open({str(made)!r}, 'w')): open({str(made)!r}, 'w')\nf(1)"
    assert len(read_tools(source)) == 1
    assert not made.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("[]", "no tool"),
        ("[1]", "Tool 1"),
        ("{\n\n]", "Line 3"),
        ('{"a": NaN}', "NaN"),
        ('{"name": "f", "name": "g"}', "'name' stands twice"),
        ("[" * 50_000, "nested"),
        ('{"type": "object"}', "title"),
        ('{"type": "object", "title": " "}', "title"),
        (json.dumps([PLAY, {"name": "play it"}]), "Tool 2: 'play it'"),
        (json.dumps([PLAY, WRAPPED]), "Tool 2: 'play' is declared in tool 1"),
        (json.dumps({"name": "f", "description": "\ud800"}), "surrogate"),
        (json.dumps({"name": "f", "parameters": {"type": "object", "properties": {"a": True}}}), "'a' is no object"),
        ("x = 1", "neither JSON nor Python"),
        ("class A:\n    def f(self): pass", "neither JSON nor Python"),
        ("\n\ndef f(", "Line 3"),
        ("def f(): pass\0", "neither JSON nor Python"),
        ("-" * 100_000 + "1", "neither JSON nor Python"),
        ("def f(a: str): '\\ud800'", "Line 1"),
        ("def f(a: '" + "'list[" + "x" * 10 + "'): pass", "Line 1"),
        ("\ndef f(a): pass", "Line 2: 'a' of 'f' has no type hint"),
        ("def f(\n  *a: int): pass", "Line 2"),
        ("def f(**a: int): pass", "any number"),
        ("def f(a: Song): pass", "'Song' is unknown"),
        ("def f(a: 'list['): pass", "unknown"),
        ("def f(a: 'x = 1'): pass", "unknown"),
        ("def f(a: None): pass", "unknown"),
        ("def f(a: dict[int, str]): pass", "unknown"),
        ("def f(a: Literal[x]): pass", "unknown"),
        ("def f(a: Literal['a', 1]): pass", "not all texts"),
        ("def f(a: int | str): pass", "several types"),
        ("def f(a: int = 'x'): pass", "does not fit"),
        ("def f(): pass\ndef f(): pass", "Line 2: 'f' is declared in line 1"),
        ("def ฟัง(): pass", "Line 1"),
        ("x" * (MOST_CHARACTERS + 1), "200001"),
        ("def f(a: " + "|".join(["int"] * 4000) + "): pass", "Line 1|neither JSON nor Python"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(UnreadableTool, match=words) as problem:
        read_tools(text)
    assert str(problem.value).endswith(".")


PIECES = st.sampled_from(
    ["def f(", "a: ", "int", " | ", "None", " = ", "1", ", ", "): ", '"""', "Args:\n", "    a: x\n", ":param a: ", "\n"]
    + [
        "list[",
        "]",
        "Literal[",
        "'",
        "*",
        "**k",
        "pass",
        "----\n",
        "Parameters\n",
        "{",
        "}",
        '"name"',
        ":",
        '"f"',
        "\\",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join))
def test_any_text_is_read_as_sound_tools_or_refused(text: str) -> None:
    check(text)


@given(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=30))
def test_any_function_is_read_as_sound_tools_or_refused(arguments: str, docstring: str) -> None:
    check(f"def f({arguments}):\n    {docstring!r}")
    check(f"def f(a: int):\n    {arguments + docstring!r}")


def check(text: str) -> None:
    with suppress(UnreadableTool):
        for tool in read_tools(text):
            assert tool_problem(tool) == ""
            assert declaration(tool)
            check_json(tool)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=4), lambda inner: st.lists(inner) | inner)
)
def test_any_schema_is_read_as_sound_tools_or_refused(value: Any) -> None:
    for item in (
        {"name": value},
        PLAY | {"parameters": value},
        {"title": "f", "type": "object", "properties": {"a": value}},
    ):
        check(json.dumps(item))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_text_in_one_of_the_usual_encodings(encoding: str) -> None:
    assert tool_text("def เล่น(): ...".encode(encoding)) == "def เล่น(): ..."


@pytest.mark.parametrize(("content", "words"), [(b"caf\xe9", "byte 4"), (b"x" * 800_001, "in parts")])
def test_a_file_that_is_no_such_text_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableTool, match=words):
        tool_text(content)
