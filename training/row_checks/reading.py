"""Reading a row that may hold anything: its parts where they have their shape, nothing where they have not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.functiongemma import NAME
from training.row_checks.findings import shown

ROLES = ("system", "user", "assistant", "tool")
FIELDS = ("messages", "tools", "context", "expected")
MAX_DEPTH = 64  # levels of nesting; the database takes no more


@dataclass(frozen=True)
class Call:
    where: str
    name: str
    arguments: object


@dataclass(frozen=True)
class Turn:
    """A message with a known role; `content` is empty where it holds no text, `calls` has the readable ones."""

    where: str
    role: str
    content: str
    name: object
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Text:
    where: str
    text: str


def turns(row: Mapping[str, Any]) -> list[Turn]:
    """The messages that can be read as such, in order."""
    return [
        Turn(where, message["role"], text_or_empty(message.get("content")), message.get("name"), calls(message, where))
        for where, message in objects(row.get("messages"), "messages")
        if isinstance(message, Mapping) and message.get("role") in ROLES
    ]


def objects(value: object, where: str) -> list[tuple[str, Any]]:
    """The items of a list with their places; none where the value is no list."""
    return [(f"{where}[{n}]", item) for n, item in enumerate(value)] if isinstance(value, list) else []


def text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""


def calls(message: Mapping[str, Any], where: str) -> tuple[Call, ...]:
    return tuple(
        Call(place, call["function"]["name"], call["function"].get("arguments"))
        for place, call in objects(message.get("tool_calls"), f"{where}.tool_calls")
        if is_call(call)
    )


def is_call(value: object) -> bool:
    """Whether it is {"type": "function", "function": {"name": text, …}}."""
    if not isinstance(value, Mapping) or value.get("type") != "function":
        return False
    function = value.get("function")
    return isinstance(function, Mapping) and isinstance(function.get("name"), str)


def expected_calls(row: Mapping[str, Any]) -> list[Call]:
    """The calls that a held-out row asks for."""
    expected = row.get("expected")
    asked = expected.get("calls") if isinstance(expected, Mapping) else None
    return [
        Call(where, call["name"], call.get("arguments"))
        for where, call in objects(asked, "expected.calls")
        if isinstance(call, Mapping) and isinstance(call.get("name"), str)
    ]


def texts(row: Mapping[str, Any], fields: tuple[str, ...] = FIELDS) -> Iterator[Text]:
    """Every text of the row, names that hold odd characters included."""
    for field in fields:
        for where, value, _ in nodes(row.get(field), field):
            if isinstance(value, str):
                yield Text(where, value)
            elif isinstance(value, Mapping):
                for name in value:
                    if isinstance(name, str) and not name.isprintable():
                        yield Text(child(where, name), name)


def nodes(value: object, where: str) -> Iterator[tuple[str, object, int]]:
    """The value and all values in it as (place, value, depth), in order; nothing below the level after `MAX_DEPTH`."""
    waiting: list[tuple[str, object, int]] = [(where, value, 0)]
    while waiting:
        place, found, depth = waiting.pop()
        yield place, found, depth
        inside: list[tuple[str, object]] = []
        if depth <= MAX_DEPTH and isinstance(found, Mapping):
            inside = [(child(place, key), item) for key, item in found.items()]
        elif depth <= MAX_DEPTH and isinstance(found, list):
            inside = objects(found, place)
        waiting.extend((below, item, depth + 1) for below, item in reversed(inside))


def child(where: str, key: object) -> str:
    """The place of a key; a call's arguments are named without the `function` around them."""
    if key == "function" and ".tool_calls[" in where and where.endswith("]"):
        return where
    if isinstance(key, str) and NAME.fullmatch(key):
        return f"{where}.{key}"
    return f'{where}["{shown(str(key), 40)}"]'


def is_json(value: object) -> bool:
    """Whether a value, apart from what is in it, is one of JSON's: NaN, bytes and keys that are no text are not."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(isinstance(key, str) for key in value)
    return value is None or isinstance(value, str | bool | int | list)


def is_plain(value: object) -> bool:
    """Whether it is JSON throughout, and nested no deeper than `MAX_DEPTH`."""
    return all(is_json(found) and depth <= MAX_DEPTH for _, found, depth in nodes(value, ""))
