"""Tool declarations out of a text: OpenAI JSON, a bare JSON Schema, or Python functions, which are never executed."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from training.errors import UnreadableRow, UnreadableTool
from training.formats.calls import declaration_problem, wrapped
from training.formats.canonical import Tool
from training.formats.fields import check_sound, not_json, once
from training.python_tools import functions_in

MOST_CHARACTERS = 200_000
LISTS = ("tools", "functions")


def tool_text(content: bytes) -> str:
    """A file's bytes as text; raises `UnreadableTool` for what is too long, or neither UTF-8 nor marked UTF-16."""
    if len(content) > 4 * MOST_CHARACTERS:
        raise UnreadableTool(f"The file has more than {MOST_CHARACTERS} characters. Import it in parts.")
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableTool(
            f"The file is no text in UTF-8: byte {error.start + 1} cannot be read. Save it as UTF-8."
        ) from error


def read_tools(text: str) -> list[Tool]:
    """The declarations in a text, in order; raises `UnreadableTool`, naming the line or the tool that is wrong."""
    if len(text) > MOST_CHARACTERS:
        raise UnreadableTool(f"The text has {len(text)} characters; {MOST_CHARACTERS} is the most. Import it in parts.")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableTool("The text is empty. Paste OpenAI JSON, a JSON Schema or Python functions.")
    found = list(json_tools(text) if text.lstrip()[0] in "[{" else functions_in(text))
    names: dict[str, str] = {}
    for place, tool in found:
        check_tool(place, tool)
        name = tool["function"]["name"]
        if name in names:
            raise UnreadableTool(f"{place}: '{name}' is declared in {names[name].lower()} already. Remove one.")
        names[name] = place
    return [tool for _, tool in found]


def check_tool(place: str, tool: Tool) -> None:
    try:
        check_sound(tool, "declaration")
    except UnreadableRow as problem:
        raise UnreadableTool(f"{place}: {problem}") from problem
    if complaint := declaration_problem(tool):
        raise UnreadableTool(f"{place}: {complaint}. Correct the declaration.")


def json_tools(text: str) -> Iterator[tuple[str, Tool]]:
    """("Tool 1", declaration) for each of a JSON text's, which may be one, a list, or a list under "tools"."""
    try:
        found = json.loads(text, parse_constant=not_json, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise UnreadableTool(f"Line {error.lineno}: this is no JSON ({error.msg}). Correct it there.") from error
    except ValueError as error:
        raise UnreadableTool(f"This is no JSON: {error}. Correct it.") from error
    except RecursionError as error:
        raise UnreadableTool("The JSON is nested too deep for declarations. Flatten it.") from error
    if isinstance(found, dict):
        found = next((found[key] for key in LISTS if isinstance(found.get(key), list)), [found])
    if not found:
        raise UnreadableTool("The JSON holds no tool. Paste at least one declaration.")
    for number, item in enumerate(found, start=1):
        if not isinstance(item, dict):
            raise UnreadableTool(f"Tool {number}: this is no object. Write a declaration there.")
        yield f"Tool {number}", of_schema(item) if is_schema(item) else wrapped(item)


def is_schema(item: Mapping[str, Any]) -> bool:
    """Whether this is a JSON Schema of an object rather than a function."""
    return item.get("type") == "object" and "name" not in item and "function" not in item


def of_schema(schema: Mapping[str, Any]) -> Tool:
    """The tool of a schema, called as its title says; its words are joined by "_"."""
    title = schema.get("title")
    if not isinstance(title, str) or not title.strip():
        raise UnreadableTool("The JSON Schema has no title. Write the tool's name under 'title'.")
    description = schema.get("description")
    parameters = {key: value for key, value in schema.items() if key not in ("title", "description")}
    return {
        "type": "function",
        "function": {
            "name": re.sub(r"[\s-]+", "_", title.strip()),
            "description": description if isinstance(description, str) else "",
            "parameters": {"properties": {}, **parameters},
        },
    }
