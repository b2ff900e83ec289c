"""Tools as JSON Schema: whether a declaration is one, and whether arguments fit it.

Schemas come from users and arguments from models, so nothing here follows a reference off the machine.
Draft 2020-12: https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from training.functiongemma import NAME

Tool = Mapping[str, Any]


def properties(tool: Tool) -> dict[str, Any]:
    """The tool's arguments: {name: schema}."""
    found: dict[str, Any] = (tool["function"].get("parameters") or {}).get("properties") or {}
    return found


def problem(value: Any, schema: Mapping[str, Any]) -> str:
    """What is wrong with `value`, in a few words; empty when it fits the schema."""
    validator = Draft202012Validator(schema, registry=Registry())
    try:
        error: ValidationError | None = best_match(validator.iter_errors(value))
    except (Unresolvable, RecursionError):
        return "its schema refers to something that is not in it"
    if error is None:
        return ""
    place = ".".join(str(part) for part in error.absolute_path)
    return f"{place}: {error.message}" if place else error.message


def arguments_problem(arguments: Any, tool: Tool) -> str:
    """What is wrong with a call's arguments; an argument the tool does not declare is wrong too."""
    parameters = tool["function"].get("parameters") or {"type": "object"}
    return problem(arguments, {"additionalProperties": False} | dict(parameters))


def tool_problem(tool: Tool) -> str:
    """What is wrong with a declaration; empty when it is a function with a sound schema."""
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, Mapping):
        return 'it is not {"type": "function", "function": {...}}'
    name, parameters = function.get("name"), function.get("parameters")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"{name!r} is no tool name: letters, digits, '_', '.' and '-', and no digit in front"
    if parameters is None:
        return ""
    if not isinstance(parameters, Mapping) or parameters.get("type") != "object":
        return f"the parameters of '{name}' are not of type object"
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        return f"the parameters of '{name}' are no JSON Schema: {error.message}"
    odd = [argument for argument in properties(tool) if not NAME.fullmatch(argument)]
    return f"'{odd[0]}' is no name for an argument of '{name}'" if odd else ""
