"""How well rows cover their tools' arguments: how often each is given, and which of its values never are. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from training.argument_changes import written

Row = Mapping[str, Any]
MOST_VALUES = 100_000  # different values of one argument that are told apart
MOST_CHOICES = 200
SIDES = ("train", "held_out")


def functions(tools: Any) -> Iterator[Mapping[str, Any]]:
    """What the declarations say, whatever else stands among them."""
    for tool in tools if isinstance(tools, list | tuple) else ():
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            yield function


def calls_of(message: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The calls of one message: (tool, arguments)."""
    found = message.get("tool_calls") if isinstance(message, Mapping) else None
    calls = []
    for call in found if isinstance(found, list) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            given = function.get("arguments")
            calls.append((function["name"], given if isinstance(given, Mapping) else {}))
    return calls


class Argument:
    """What the rows say about one argument; `seen` has each choice by side, for arguments with a few known values."""

    def __init__(self, schema: Any, required: bool) -> None:
        self.schema = schema if isinstance(schema, Mapping) else {}
        self.required = required
        self.given: Counter[str] = Counter()
        self.values: set[int] = set()
        self.seen: dict[str, Counter[str]] = {written(choice): Counter() for choice in choices(self.schema)}

    def take(self, value: Any, side: str) -> None:
        self.given[side] += 1
        for each in value if isinstance(value, list) else [value]:
            text = written(each)
            if len(self.values) < MOST_VALUES:
                self.values.add(hash(text))
            if text in self.seen:
                self.seen[text][side] += 1

    def as_json(self) -> dict[str, Any]:
        """The shape is {"type", "required", "train", "held_out", "distinct"} and, with choices, what they lack."""
        told: dict[str, Any] = {
            "type": kind(self.schema),
            "required": self.required,
            **{side: self.given[side] for side in SIDES},
            "distinct": len(self.values),
        }
        if self.seen:
            told["choices"] = len(self.seen)
            told["unused"] = self.lacking(lambda seen: not seen.total())
            told["untrained"] = self.lacking(lambda seen: bool(seen.total()) and not seen["train"])
        return told

    def lacking(self, lacks: Any) -> list[str]:
        return [text for text, seen in self.seen.items() if lacks(seen)][:MOST_CHOICES]


def choices(schema: Mapping[str, Any]) -> list[Any]:
    """The values an argument, or an item of it, may have, where they are few and known."""
    items = schema.get("items")
    for each in (schema, items if isinstance(items, Mapping) else {}):
        if isinstance(found := each.get("enum"), list):
            return found
        if each.get("type") == "boolean":
            return [True, False]
    return []


def kind(schema: Mapping[str, Any]) -> str:
    found = schema.get("type")
    return " | ".join(map(str, found)) if isinstance(found, list) else str(found or "any")


class Coverage:
    """The coverage of every declared tool, taken row by row."""

    def __init__(self, tools: Any) -> None:
        self.arguments: dict[str, dict[str, Argument]] = {}
        self.calls: dict[str, Counter[str]] = {}
        self.languages: dict[str, Counter[str]] = {}
        for function in functions(tools):
            name = function["name"]
            self.arguments[name] = dict(declared(function))
            self.calls[name], self.languages[name] = Counter(), Counter()

    def take(self, row: Row, side: str) -> None:
        messages = row.get("messages")
        called: set[str] = set()
        for message in messages if isinstance(messages, list) else ():
            for name, given in calls_of(message):
                if name not in self.calls:
                    continue
                called.add(name)
                self.calls[name][side] += 1
                for argument, value in given.items():
                    if argument in self.arguments[name]:
                        self.arguments[name][argument].take(value, side)
        if side == "train":
            for name in called:
                self.languages[name][str(row.get("language") or "")] += 1

    def as_json(self) -> dict[str, dict[str, Any]]:
        """By tool: {"train", "held_out" (calls), "languages" (training rows), "arguments"}."""
        return {
            name: {
                **{side: self.calls[name][side] for side in SIDES},
                "languages": dict(self.languages[name].most_common()),
                "arguments": {argument: found.as_json() for argument, found in arguments.items()},
            }
            for name, arguments in self.arguments.items()
        }


def declared(function: Mapping[str, Any]) -> Iterable[tuple[str, Argument]]:
    parameters = function.get("parameters")
    parameters = parameters if isinstance(parameters, Mapping) else {}
    found, required = parameters.get("properties"), parameters.get("required")
    needed = required if isinstance(required, list) else []
    for name, schema in found.items() if isinstance(found, Mapping) else ():
        yield str(name), Argument(schema, name in needed)
