"""Tools as JSON Schema: whether a declaration is one, and whether arguments fit it.

Schemas come from users and arguments from models, so nothing here follows a reference off the machine.
Draft 2020-12: https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from training.functiongemma import NAME
from training.schema_patterns import found_in, name_pattern_problem, pattern_problem

Tool = Mapping[str, Any]


def pattern(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    """The keyword `pattern`, in a time that no pattern can blow up."""
    if not isinstance(value, str):
        return
    if complaint := pattern_problem(wanted):
        yield ValidationError(f"its pattern {complaint}")
    elif not found_in(wanted, value):
        yield ValidationError(f"{value!r} does not match {wanted!r}")


Validator = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]


def properties(tool: Tool) -> dict[str, Any]:
    """The tool's arguments: {name: schema}."""
    found: dict[str, Any] = (tool["function"].get("parameters") or {}).get("properties") or {}
    return found


def problem(value: Any, schema: Mapping[str, Any]) -> str:
    """What is wrong with `value`, in a few words; empty when it fits the schema."""
    validator = Validator(schema, registry=Registry())
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
    if complaint := patterns_problem(parameters):
        return f"in the parameters of '{name}', {complaint}"
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        return f"the parameters of '{name}' are no JSON Schema: {error.message}"
    odd = [argument for argument in properties(tool) if not NAME.fullmatch(argument)]
    return f"'{odd[0]}' is no name for an argument of '{name}'" if odd else ""


def patterns_problem(schema: Any) -> str:
    """What is wrong with a regular expression anywhere in the schema, for a reference may lead anywhere in it."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if isinstance(one := part.get("pattern"), str) and (complaint := pattern_problem(one)):
                return f"the pattern {one[:60]!r} {complaint}"
            names = part.get("patternProperties")
            for each in names if isinstance(names, Mapping) else ():
                if complaint := name_pattern_problem(str(each)):
                    return f"the pattern of names {str(each)[:60]!r} {complaint}"
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return ""
