"""Tool calls and tool declarations out of foreign records, in the canonical shape, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from training.errors import UnreadableRow
from training.formats.canonical import Tool
from training.formats.fields import check_sound, entries, json_text, kind, mapping, read_json, text
from training.tool_schemas import tool_problem

Call = dict[str, Any]
NO_PARAMETERS = {"type": "object", "properties": {}}


def read_call(value: Any, place: str) -> Call:
    """The call that {"name": text, "arguments": object or its JSON text} stands for; raises `UnreadableRow`."""
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise UnreadableRow(
            f'The field \'{place}\' is no call. Write {{"name": the tool\'s name, "arguments": an object}}.', place
        )
    return call(value["name"], read_arguments(value.get("arguments"), value["name"], place))


def call(name: str, arguments: dict[str, Any]) -> Call:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def read_arguments(value: Any, name: str, place: str) -> dict[str, Any]:
    """A call's arguments as an object; raises `UnreadableRow` for anything that is none."""
    found = read_json(value, place) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise UnreadableRow(
            f"The arguments of '{name}' in '{place}' are {kind(found)}. Write an object, {{}} where there are none.",
            place,
        )
    return dict(found)


def read_tools(value: Any, place: str = "tools") -> list[Tool]:
    """The declarations in a list or the JSON text of one; raises `UnreadableRow` naming the one that is wrong."""
    if isinstance(value, str):
        value = read_json(value, place) if value.strip() else None
    if value is None:
        return []
    return [read_tool(item, f"{place}[{number}]") for number, item in enumerate(entries(value, place))]


def read_tool(value: Any, place: str) -> Tool:
    tool = wrapped(mapping(value, place))
    check_sound(tool, place)
    if problem := declaration_problem(tool):
        raise UnreadableRow(f"The declaration '{place}' is wrong: {problem}. Correct it in the source.", place)
    return tool


def wrapped(declaration: Mapping[str, Any]) -> Tool:
    """A declaration as {"type": "function", "function": {...}}; the function may come without that wrapping."""
    if "function" in declaration:
        tool = {"type": "function", **declaration}
    else:
        bare = {key: value for key, value in declaration.items() if (key, value) != ("type", "function")}
        tool = {"type": "function", "function": bare}
    function = tool["function"]
    if isinstance(function, Mapping) and function.get("parameters") == {}:
        tool["function"] = {**function, "parameters": dict(NO_PARAMETERS)}
    return tool


def bare(tool: Tool) -> dict[str, Any]:
    """The function of a declaration alone, where its wrapping says nothing more."""
    inner = tool.get("function")
    return dict(inner) if tool.keys() == {"type", "function"} and isinstance(inner, Mapping) else dict(tool)


def declaration_problem(tool: Tool) -> str:
    """What is wrong with a declaration, or keeps it from being shown to a model; empty when nothing is."""
    return problem_of_text(json_text(tool))


@lru_cache(maxsize=1024)
def problem_of_text(written: str) -> str:
    """Remembered, because the rows of a source declare the same few tools again and again."""
    tool = json.loads(written)
    try:
        if problem := tool_problem(tool):
            return problem
    except RecursionError:
        return "its schema is nested too deep"
    odd = unshown(tool["function"].get("parameters") or {})
    return f"the schema of '{odd}' is no object" if odd else ""


def unshown(schema: Any, name: str = "parameters") -> str:
    """The name of the first argument whose schema is `true` or `false`, which a turn cannot show."""
    if not isinstance(schema, Mapping):
        return name
    inner = {**(schema.get("properties") or {})}
    if "items" in schema:
        inner[name] = schema["items"]
    return next((odd for key, value in inner.items() if (odd := unshown(value, key))), "")


def write_call(found: Call) -> dict[str, Any]:
    """A call as {"name", "arguments"}."""
    return {"name": text(found["function"], "name"), "arguments": found["function"]["arguments"]}
