"""Messages and tool calls as people read them: bubbles, and `name(argument=value)` instead of JSON.

Tolerant on purpose: whatever a row holds, a page comes of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MAX_TEXT = 8000
MAX_TURNS = 100


@dataclass(frozen=True)
class Call:
    """A tool call: its name and its arguments as (name, value as it would be typed)."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Turn:
    role: str
    speaker: str
    text: str
    calls: tuple[Call, ...] = ()


def calls(value: Any) -> tuple[Call, ...]:
    """The calls in a list of them, canonical ({"function": {…}}) or short ({"name": …, "arguments": …})."""
    items = value if isinstance(value, list | tuple) else ()
    return tuple(call(item) for item in items[:MAX_TURNS] if isinstance(item, Mapping))


def call(item: Mapping[str, Any]) -> Call:
    function = item["function"] if isinstance(item.get("function"), Mapping) else item
    arguments = function.get("arguments")
    if not isinstance(arguments, Mapping):
        arguments = {} if arguments in (None, "") else {"arguments": arguments}
    return Call(
        str(function.get("name") or "?"),
        tuple((str(name), typed(value)) for name, value in arguments.items()),
    )


def typed(value: Any) -> str:
    """A value as it would be typed into a call: texts in quotes, in their own script."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …"


def looks_like_calls(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, Mapping) and {"function", "name"} & set(item) for item in value)
    )


def turns(messages: Any) -> tuple[Turn, ...]:
    """The conversation, one turn a message."""
    items = messages if isinstance(messages, list | tuple) else ()
    return tuple(turn(item) for item in items[:MAX_TURNS] if isinstance(item, Mapping))


def turn(message: Mapping[str, Any]) -> Turn:
    role = str(message.get("role") or "?")
    content = message.get("content")
    text = content if isinstance(content, str) else ("" if content is None else typed(content))
    return Turn(role, speaker(role, message), text[:MAX_TEXT].strip(), calls(message.get("tool_calls")))


def speaker(role: str, message: Mapping[str, Any]) -> str:
    names = {
        "user": _("Person"),
        "assistant": _("Model"),
        "system": _("Instruction"),
        "developer": _("Instruction"),
    }
    if role == "tool":
        return _("Tool %(name)s answered") % {"name": message.get("name") or ""}
    return str(names.get(role, role))


def declared_names(tools: Any) -> list[str]:
    """The names in a list of declarations, or of names."""
    found = []
    for tool in tools if isinstance(tools, list) else ():
        function = tool.get("function", tool) if isinstance(tool, Mapping) else {"name": tool}
        if isinstance(function, Mapping) and function.get("name"):
            found.append(str(function["name"]))
    return found
