"""A row's calls moved from one declaration of a tool to another, where that can be done without a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.argument_changes import ToolChange
from training.tool_changes import Tool
from training.tool_schemas import arguments_problem

MOVED = ("messages", "tools", "expected")


class NotMechanical(ValueError):
    """A call that needs a person: why, and what to do about it."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


@dataclass(frozen=True)
class Migrated:
    """The columns that differ now, or, where a person must do it, why and how."""

    columns: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    cure: str = ""


def declared(row: Mapping[str, Any], name: str) -> Tool | None:
    """The row's declaration of a tool, where it holds a readable one."""
    tools = row.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if isinstance(function, Mapping) and function.get("name") == name:
            return tool if isinstance(function.get("parameters"), Mapping | None) else None
    return None


def migrated(row: Mapping[str, Any], after: Tool, changes: Sequence[ToolChange]) -> Migrated:
    """The row {"messages", "tools", "expected"} with the tool as it is now and its calls in that shape.

    `changes` are those from the row's own declaration to `after`. Only calls of this tool change, and of them only
    the arguments that a change names. Where a change is not mechanical, every call must fit what the tool says now.
    """
    name, sure = after["function"]["name"], all(change.mechanical for change in changes)
    try:
        found = {
            "messages": [with_calls(message, name, after, changes, sure) for message in row["messages"]],
            "tools": [dict(after) if is_called(tool, name) else tool for tool in row["tools"]],
            "expected": with_expected(row.get("expected"), name, after, changes, sure),
        }
    except NotMechanical as problem:
        return Migrated(problem=str(problem), cure=problem.cure)
    except (AttributeError, KeyError, TypeError):
        return Migrated(problem="The row's calls cannot be read.", cure="Correct what the checks find in it first.")
    return Migrated({key: found[key] for key in MOVED if found[key] != row.get(key)})


def is_called(tool: Any, name: str) -> bool:
    return isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping) and tool["function"]["name"] == name


def with_calls(message: Any, name: str, after: Tool, changes: Sequence[ToolChange], sure: bool) -> Any:
    if not message.get("tool_calls"):
        return message
    calls = [
        {**call, "function": {**call["function"], "arguments": moved(call["function"], after, changes, sure)}}
        if call["function"]["name"] == name
        else call
        for call in message["tool_calls"]
    ]
    return {**message, "tool_calls": calls}


def with_expected(expected: Any, name: str, after: Tool, changes: Sequence[ToolChange], sure: bool) -> Any:
    """What a right answer holds; its calls are {"name", "arguments"}."""
    if not isinstance(expected, Mapping) or not expected.get("calls"):
        return expected
    calls = [
        {**call, "arguments": moved(call, after, changes, sure)} if call["name"] == name else call
        for call in expected["calls"]
    ]
    return {**expected, "calls": calls}


def moved(call: Mapping[str, Any], after: Tool, changes: Sequence[ToolChange], sure: bool) -> dict[str, Any]:
    """The arguments of one call as the tool takes them now, in the order they had; raises `NotMechanical`."""
    given = call.get("arguments")
    if not isinstance(given, Mapping):
        raise NotMechanical(f"The arguments of '{call['name']}' are no object.", "Write them as one.")
    names = {change.argument: change.new_name for change in changes if change.kind == "renamed"}
    gone = {change.argument for change in changes if change.kind == "removed"}
    arguments: dict[str, Any] = {}
    for key, value in given.items():
        target = str(names.get(key, key))
        if key in gone:
            continue
        if target in arguments or (target != key and target in given and target not in names and target not in gone):
            raise NotMechanical(f"A call of '{call['name']}' has '{key}' and '{target}'.", "Keep one of them.")
        arguments[target] = value
    for change in changes:
        if change.kind in ("required", "added_required") and change.mechanical:
            arguments.setdefault(change.new_name, change.default)
    if not sure and (complaint := arguments_problem(arguments, after)):
        raise NotMechanical(f"{complaint.rstrip('.')}.", cure(changes))
    return arguments


def cure(changes: Sequence[ToolChange]) -> str:
    return next((change.cure for change in changes if change.cure), "Correct the call by hand.")
