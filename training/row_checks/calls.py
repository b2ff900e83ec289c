"""Whether the calls of a row fit the tools it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import Call, child, expected_calls, is_call, is_plain, objects, turns
from training.row_checks.tools import declared
from training.tool_schemas import arguments_problem, properties

BAD_CALL = Kind(
    "bad_call",
    "error",
    "Not a call",
    "This is no call of a tool.",
    'Write it as {{"type": "function", "function": {{"name": "…", "arguments": {{…}}}}}}.',
)
MISPLACED = Kind(
    "misplaced_calls",
    "error",
    "Calls of somebody else",
    "A message of the {role} has calls; only the assistant calls tools.",
    "Move the calls to a message of the assistant.",
)
UNKNOWN_TOOL = Kind(
    "unknown_tool",
    "error",
    "Tool not declared",
    "The row calls '{tool}' and does not declare it.",
    "Add the tool to the row's tools, or correct its name.",
)
AS_TEXT = Kind(
    "arguments_as_text",
    "error",
    "Arguments as JSON text",
    "The arguments of '{tool}' are a text.",
    "Write them as an object: a model trained on this text learns to write quotes around everything.",
)
NO_OBJECT = Kind(
    "arguments_not_object",
    "error",
    "Arguments are no object",
    "The arguments of '{tool}' are no object.",
    "Write them as an object, {{}} where there are none.",
)
UNKNOWN_ARGUMENT = Kind(
    "unknown_argument",
    "error",
    "Unknown argument",
    "'{tool}' has no argument '{argument}'.",
    "Use one of these: {known}.",
)
MISSING_ARGUMENT = Kind(
    "missing_argument",
    "error",
    "Missing argument",
    "The call of '{tool}' lacks its argument '{argument}'.",
    "Add the argument, or make it optional in the tool's schema.",
)
WRONG_ARGUMENT = Kind(
    "wrong_argument",
    "error",
    "Argument does not fit",
    "The value does not fit the schema of '{tool}': {problem}.",
    "Correct the value, or the schema where the value is right.",
)
UNNAMED_RESPONSE = Kind(
    "unnamed_response",
    "warning",
    "Response of an unnamed tool",
    "The response does not say which of the row's tools it comes from.",
    "Write the tool's name into the field `name` of the message.",
)
KINDS = (
    BAD_CALL,
    MISPLACED,
    UNKNOWN_TOOL,
    AS_TEXT,
    NO_OBJECT,
    UNKNOWN_ARGUMENT,
    MISSING_ARGUMENT,
    WRONG_ARGUMENT,
    UNNAMED_RESPONSE,
)
Tool = dict[str, Any]


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    known = declared(row)
    for where, message in objects(row.get("messages"), "messages"):
        if isinstance(message, Mapping):
            yield from shapes(message, where)
    for turn in turns(row):
        for call in turn.calls:
            yield from one_call(call, known)
        if turn.role == "tool" and (not isinstance(turn.name, str) or turn.name not in known):
            yield UNNAMED_RESPONSE.at(f"{turn.where}.name")
    for call in expected_calls(row):
        yield from one_call(call, known)


def shapes(message: Mapping[str, Any], where: str) -> Iterator[Finding]:
    found = message.get("tool_calls")
    if not isinstance(found, list | None):
        yield BAD_CALL.at(f"{where}.tool_calls")
    yield from [BAD_CALL.at(place) for place, call in objects(found, f"{where}.tool_calls") if not is_call(call)]
    if found and message.get("role") in ("system", "user", "tool"):
        yield MISPLACED.at(f"{where}.tool_calls", role=message["role"])


def one_call(call: Call, known: Mapping[str, Tool | None]) -> Iterator[Finding]:
    """Nothing about the arguments where the tool itself is unsound or the arguments are no JSON."""
    where = f"{call.where}.arguments"
    if call.name not in known:
        yield UNKNOWN_TOOL.at(call.where, tool=call.name)
    if isinstance(call.arguments, str):
        yield AS_TEXT.at(where, tool=call.name)
    elif not isinstance(call.arguments, Mapping):
        yield NO_OBJECT.at(where, tool=call.name)
    elif (tool := known.get(call.name)) and is_plain(call.arguments):
        yield from arguments(call.name, dict(call.arguments), tool, where)


def arguments(name: str, given: dict[str, Any], tool: Tool, where: str) -> Iterator[Finding]:
    whole = problem(given, tool)
    if not whole:
        return
    parameters, known = tool["function"].get("parameters") or {}, properties(tool)
    closed = parameters.get("additionalProperties", False) is False
    found = [
        UNKNOWN_ARGUMENT.at(child(where, key), tool=name, argument=key, known=", ".join(known) or "none")
        for key in given
        if closed and key not in known
    ]
    missing = [key for key in parameters.get("required", ()) if key not in given]
    found += [MISSING_ARGUMENT.at(where, tool=name, argument=key) for key in missing]
    for key in given.keys() & known.keys():
        if wrong := problem({key: given[key]}, alone(tool, key)):
            found.append(WRONG_ARGUMENT.at(child(where, key), tool=name, problem=wrong))
    yield from found or [WRONG_ARGUMENT.at(where, tool=name, problem=whole)]


def alone(tool: Tool, argument: str) -> Tool:
    """The tool as if it took nothing but this argument."""
    parameters = tool["function"]["parameters"]
    kept = {key: parameters[key] for key in ("$defs", "definitions") if key in parameters}
    schema = {"type": "object", "properties": {argument: properties(tool)[argument]}, **kept}
    return {"type": "function", "function": {"parameters": schema}}


def problem(given: dict[str, Any], tool: Tool) -> str:
    """What is wrong with the arguments; a schema that a user wrote may break a validator anywhere."""
    try:
        return arguments_problem(given, tool).rstrip(".")
    except Exception:
        return "its schema cannot be applied"
