"""Whether the tools a row declares are sound. A declaration is looked at once, however many rows repeat it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from training.functiongemma import declaration
from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import is_plain, objects
from training.tool_schemas import properties, tool_problem

UNSOUND = Kind(
    "unsound_tool",
    "error",
    "Unsound tool declaration",
    "The tool cannot be used: {problem}.",
    "Correct the declaration of the tool.",
)
TWICE = Kind(
    "tool_twice",
    "error",
    "Tool declared twice",
    "The tool '{tool}' is declared twice.",
    "Keep one of the two declarations.",
)
UNWRITABLE = Kind(
    "unwritable_tool",
    "error",
    "Declaration an executor cannot be shown",
    "The declaration of '{tool}' holds a schema that FunctionGemma's format cannot write.",
    "Write the schema of every argument and of its items as an object with a type.",
)
FLATTENED = Kind(
    "flattened_schema",
    "warning",
    "Type an executor is not told",
    "The schema of '{argument}' has no single type, so an executor is told that it is {told}.",
    'Give it one type, such as {{"type": "string"}}, and say the rest in its description.',
)
KINDS = (UNSOUND, TWICE, UNWRITABLE, FLATTENED)


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    seen: set[str] = set()
    for where, tool in objects(row.get("tools"), "tools"):
        problem = problem_of(tool)
        if problem:
            yield UNSOUND.at(where, problem=problem)
            continue
        name = tool["function"]["name"]
        if name in seen:
            yield TWICE.at(where, tool=name)
        seen.add(name)
        if not is_writable(tool):
            yield UNWRITABLE.at(where, tool=name)
        for argument, schema in properties(tool).items():
            if isinstance(schema, Mapping) and not isinstance(schema.get("type"), str):
                told = str(schema.get("type", "string")).upper()
                place = f"{where}.function.parameters.properties.{argument}"
                yield FLATTENED.at(place, argument=argument, told=told)


def declared(row: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """The row's tools by name; None for one that has a name and is not sound."""
    found: dict[str, dict[str, Any] | None] = {}
    for _, tool in objects(row.get("tools"), "tools"):
        function = tool.get("function") if isinstance(tool, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if isinstance(name, str):
            found.setdefault(name, None if problem_of(tool) else tool)
    return found


def problem_of(tool: object) -> str:
    """What is wrong with a declaration that may hold anything; empty when it is sound."""
    if not isinstance(tool, Mapping):
        return "it is no object"
    if not is_plain(tool):
        return "it is no JSON, or nested too deep"
    return problem_of_text(json.dumps(tool, sort_keys=True))


@lru_cache(maxsize=1024)
def problem_of_text(text: str) -> str:
    """What `tool_problem` says; a schema that a user wrote may also break the validator."""
    try:
        return tool_problem(json.loads(text)).rstrip(".")
    except Exception:
        return "its schema cannot be read"


def is_writable(tool: Mapping[str, Any]) -> bool:
    """Whether a sound declaration can be written as well: the format wants objects where JSON Schema takes true."""
    try:
        return bool(declaration(dict(tool)))
    except (AttributeError, TypeError):
        return False
