"""The FunctionGemma turn format: canonical messages and tools to text, and model text back to calls.

The one place that knows how a conversation looks to an executor model. `segments` renders it piece
by piece and says which pieces a model is trained on; `CHAT_TEMPLATE` is the same rendering for
tokenizers (a test holds the two together); `parse` reads what a model wrote.

Format: https://ai.google.dev/gemma/docs/functiongemma/formatting-and-best-practices - declarations
in a developer turn, strings between `<escape>` tokens, calls as `call:NAME{key:value}`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from training.errors import UnreadableCall

CONTROL_TOKENS = (
    "<pad>",
    "<eos>",
    "<bos>",
    "<unk>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_function_declaration>",
    "<end_function_declaration>",
    "<start_function_call>",
    "<end_function_call>",
    "<start_function_response>",
    "<end_function_response>",
    "<escape>",
)
STOP_TOKENS = ("<end_of_turn>", "<start_function_response>", "<eos>")
INSTRUCTION = "You are a model that can do function calling with the following functions"
CHAT_TEMPLATE = (files("training") / "chat_templates" / "functiongemma.jinja").read_text("utf-8")

MAX_CHARACTERS = 64_000
MAX_DEPTH = 16


@dataclass(frozen=True)
class Parsed:
    """What a model turn said: free text around the calls, and the calls in order."""

    text: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)


def value_text(value: Any) -> str:
    """One argument or schema value as the model reads it; keys sorted, strings escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return f"<escape>{value}<escape>"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{value_text(value[key])}" for key in sorted(value)) + "}"
    return "[" + ",".join(value_text(item) for item in value) + "]"


def property_text(schema: dict[str, Any]) -> str:
    """A parameter's schema: description first, then enum or items, then its type in capitals."""
    parts = [f"description:{value_text(schema.get('description', ''))}"]
    if schema.get("enum"):
        parts.append(f"enum:{value_text(schema['enum'])}")
    if schema.get("items"):
        parts.append("items:{" + type_text(schema["items"]) + "}")
    if schema.get("properties"):
        parts.append("properties:{" + properties_text(schema["properties"]) + "}")
    return "{" + ",".join([*parts, type_text(schema)]) + "}"


def type_text(schema: dict[str, Any]) -> str:
    return f"type:<escape>{str(schema.get('type', 'string')).upper()}<escape>"


def properties_text(properties: dict[str, Any]) -> str:
    return ",".join(f"{name}:{property_text(properties[name])}" for name in sorted(properties))


def declaration(tool: dict[str, Any]) -> str:
    """One tool as the developer turn declares it."""
    function = tool["function"]
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    parts = []
    if parameters.get("properties"):
        parts.append("properties:{" + properties_text(parameters["properties"]) + "}")
    if parameters.get("required"):
        parts.append(f"required:{value_text(parameters['required'])}")
    parts.append(type_text(parameters))
    return (
        f"<start_function_declaration>declaration:{function['name']}"
        f"{{description:{value_text(function.get('description', ''))},parameters:{{{','.join(parts)}}}}}"
        "<end_function_declaration>"
    )


def call_text(call: dict[str, Any]) -> str:
    function = call["function"]
    return f"<start_function_call>call:{function['name']}{value_text(function['arguments'])}<end_function_call>"


def segments(messages: Sequence[dict[str, Any]], tools: Iterable[dict[str, Any]] = ()) -> list[tuple[str, bool]]:
    """The conversation as (text, trained) pieces; only what the assistant says is trained on."""
    opening, declared = "<bos>", list(tools)
    system = [m["content"] for m in messages if m["role"] in {"system", "developer"}]
    if system or declared:
        about = [*system, INSTRUCTION + "".join(map(declaration, declared))] if declared else system
        opening += "<start_of_turn>developer\n" + "\n".join(about) + "<end_of_turn>\n"
    pieces: list[tuple[str, bool]] = [(opening, False)]
    for message in messages:
        pieces.extend(turn_segments(message))
    return pieces


def turn_segments(message: dict[str, Any]) -> list[tuple[str, bool]]:
    role, content = message["role"], (message.get("content") or "").strip()
    if role == "user":
        return [(f"<start_of_turn>user\n{content}<end_of_turn>\n", False)]
    if role == "tool":
        name = message.get("name", "")
        return [
            (
                f"<start_function_response>response:{name}{{value:{value_text(content)}}}<end_function_response>",
                False,
            )
        ]
    if role == "assistant":
        said = content + "".join(map(call_text, message.get("tool_calls") or ()))
        return [("<start_of_turn>model\n", False), (f"{said}<end_of_turn>", True), ("\n", False)]
    return []


def prompt(messages: Sequence[dict[str, Any]], tools: Iterable[dict[str, Any]] = ()) -> str:
    """The text a model continues: every turn so far, then an open model turn."""
    return "".join(text for text, _ in segments(messages, tools)) + "<start_of_turn>model\n"


NAME = re.compile(r"[A-Za-z_][\w.-]{0,127}")
NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?")
OPENING, CLOSING = "<start_function_call>", "<end_function_call>"
CALL = re.compile(rf"{OPENING}((?:(?!{OPENING}).)*?){CLOSING}", re.DOTALL)


def parse(text: str) -> Parsed:
    """Read a model turn; raises `UnreadableCall` when a call in it is malformed.

    Linear in the length of the text; at most 64,000 characters and 16 levels of nesting.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableCall(f"The model wrote {len(text)} characters; {MAX_CHARACTERS} is the most that is read.")
    if "\x00" in text:
        raise UnreadableCall("The model wrote a NUL character.")
    for stop in STOP_TOKENS:
        text = text.split(stop, 1)[0]
    calls = [Reader(body).call() for body in CALL.findall(text)]
    rest = CALL.sub("", text)
    if "<start_function_call>" in rest or "<end_function_call>" in rest:
        raise UnreadableCall("A call was opened and not closed.")
    return Parsed(rest.strip(), calls)


class Reader:
    """A cursor over one call's body: `call:NAME{key:value,...}`."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def call(self) -> dict[str, Any]:
        self.expect("call:")
        name = self.match(NAME, "a tool name")
        arguments = self.mapping(1)
        if self.at != len(self.text):
            raise UnreadableCall(f"Text after the arguments of '{name}'.")
        return {"type": "function", "function": {"name": name, "arguments": arguments}}

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise UnreadableCall(f"Arguments nested deeper than {MAX_DEPTH} levels.")
        if self.text.startswith("<escape>", self.at):
            return self.string()
        if self.text.startswith("{", self.at):
            return self.mapping(depth)
        if self.text.startswith("[", self.at):
            return self.sequence(depth)
        for word, meaning in (("true", True), ("false", False), ("null", None)):
            if self.accept(word):
                return meaning
        return self.number()

    def number(self) -> int | float:
        text = self.match(NUMBER, "a value")
        value = float(text) if re.search(r"[.eE]", text) else int(text)
        if not math.isfinite(value):
            raise UnreadableCall(f"The number {text} is too large.")
        return value

    def string(self) -> str:
        start = self.at + len("<escape>")
        end = self.text.find("<escape>", start)
        if end < 0:
            raise UnreadableCall("A text argument was opened and not closed.")
        self.at = end + len("<escape>")
        return self.text[start:end]

    def mapping(self, depth: int) -> dict[str, Any]:
        self.expect("{")
        found: dict[str, Any] = {}
        while not self.accept("}"):
            if found:
                self.expect(",")
            key = self.match(NAME, "an argument name")
            if key in found:
                raise UnreadableCall(f"The argument '{key}' is given twice.")
            self.expect(":")
            found[key] = self.value(depth + 1)
        return found

    def sequence(self, depth: int) -> list[Any]:
        self.expect("[")
        found: list[Any] = []
        while not self.accept("]"):
            if found:
                self.expect(",")
            found.append(self.value(depth + 1))
        return found

    def accept(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise UnreadableCall(f"Expected '{token}' at character {self.at} of the call.")

    def match(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise UnreadableCall(f"Expected {what} at character {self.at} of the call.")
        self.at = found.end()
        return found.group()
