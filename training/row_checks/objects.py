"""Mending the shape of a row: arguments, contents, declarations and names of responses that say enough themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from training.errors import UnreadableRow
from training.formats.fields import read_json
from training.row_checks.reading import is_call

Row = dict[str, Any]
Message = Mapping[str, Any]


def objects_for_texts(row: Row) -> Row:
    """Arguments that are the JSON text of an object, as that object."""
    made = with_messages(row, with_objects)
    expected = row.get("expected")
    asked = expected.get("calls") if isinstance(expected, Mapping) else None
    if isinstance(expected, Mapping) and isinstance(asked, list):
        made["expected"] = {**expected, "calls": [read_arguments(call) for call in asked]}
    return made


def with_messages(row: Row, cure: Callable[[Any], Any]) -> Row:
    messages = row.get("messages")
    return row | {"messages": [cure(message) for message in messages]} if isinstance(messages, list) else dict(row)


def with_objects(message: Any) -> Any:
    calls = message.get("tool_calls") if isinstance(message, Mapping) else None
    if not isinstance(calls, list):
        return message
    return {
        **message,
        "tool_calls": [
            {**call, "function": read_arguments(call["function"])} if is_call(call) else call for call in calls
        ],
    }


def read_arguments(call: Any) -> Any:
    """A call, its arguments read where they are text; as it is where that text is no JSON object."""
    found = call.get("arguments") if isinstance(call, Mapping) else None
    if not isinstance(found, str):
        return call
    try:
        value = read_json(found, "arguments")
        value = read_json(value, "arguments") if isinstance(value, str) else value
    except UnreadableRow:
        return call
    return {**call, "arguments": value} if isinstance(value, Mapping) else call


def texts_for_nothing(row: Row) -> Row:
    """No content beside calls as an empty text."""

    def said(message: Any) -> Any:
        nothing = isinstance(message, Mapping) and message.get("tool_calls") and message.get("content", "") is None
        return {**message, "content": ""} if nothing else message

    return with_messages(row, said)


def once_declared(row: Row) -> Row:
    """The very same declaration once."""
    tools = row.get("tools")
    if not isinstance(tools, list):
        return dict(row)
    return row | {"tools": list({json.dumps(tool, sort_keys=True): tool for tool in tools}.values())}


def named_responses(row: Row) -> Row:
    """Responses without a name named by the calls before them, where there are as many of the one as of the other."""
    messages = row.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        return dict(row)
    made, names = list(messages), called(messages)
    for at, name in names.items():
        if not messages[at].get("name"):
            made[at] = {**messages[at], "name": name}
    return row | {"messages": made}


def called(messages: list[Any]) -> dict[int, str]:
    """By the place of a response the name of its call; nothing for a run of them that does not fit its calls."""
    found: dict[int, str] = {}
    for at, message in enumerate(messages):
        calls = message.get("tool_calls")
        if not isinstance(calls, list) or not all(map(is_call, calls)):
            continue
        run = [
            n for n in range(at + 1, len(messages)) if all(m.get("role") == "tool" for m in messages[at + 1 : n + 1])
        ]
        names = [call["function"]["name"] for call in calls]
        given = [messages[n].get("name") or name for n, name in zip(run, names, strict=False)]
        if len(run) == len(names) and given == names:
            found |= dict(zip(run, names, strict=True))
    return found
