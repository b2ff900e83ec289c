"""Whether a model can be shown the row and write its answer: nothing in it that is a sign of the format itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from training.errors import UnreadableCall
from training.functiongemma import CONTROL_TOKENS, NAME, call_text, parse
from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import Call, expected_calls, is_plain, texts, turns

CONTROL_TOKEN = Kind(
    "control_token",
    "error",
    "Control token in the text",
    "The text holds '{token}', a control token of the model.",
    "Write it in other words.",
)
REMNANT = Kind(
    "template_remnant",
    "warning",
    "Remnant of another model's template",
    "The text holds '{token}', which belongs to another model's chat template.",
    "Remove it; a call belongs into the message's tool_calls.",
)
UNWRITABLE = Kind(
    "unwritable_call",
    "error",
    "Call an executor cannot write",
    "FunctionGemma's format cannot carry this call: {problem}.",
    "Use plain names, and simpler values.",
)
KINDS = (CONTROL_TOKEN, REMNANT, UNWRITABLE)

CONTROL = re.compile("|".join(map(re.escape, CONTROL_TOKENS)))
FOREIGN = re.compile(
    r"<\|[A-Za-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>|</?functioncall>|</?tool_call>|<(?:start|end)_header_id>"
)


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    for text in texts(row):
        if token := CONTROL.search(text.text):
            yield CONTROL_TOKEN.at(text.where, token=token.group())
        if token := FOREIGN.search(text.text):
            yield REMNANT.at(text.where, token=token.group())
    for turn in turns(row):
        for call in turn.calls:
            yield from one_call(call)
        if turn.role == "tool" and isinstance(turn.name, str) and turn.name and not NAME.fullmatch(turn.name):
            yield UNWRITABLE.at(f"{turn.where}.name", problem=f"'{turn.name}' is no name of a tool")
    for call in expected_calls(row):
        yield from one_call(call)


def one_call(call: Call) -> Iterator[Finding]:
    """Writes the call and reads it back; not where its arguments have findings of their own."""
    if not NAME.fullmatch(call.name):
        yield UNWRITABLE.at(call.where, problem=f"'{call.name}' is no name of a tool")
    elif isinstance(call.arguments, Mapping) and is_plain(call.arguments):
        function = {"name": call.name, "arguments": dict(call.arguments)}
        written = call_text({"function": function})
        if not CONTROL.search(json.dumps(function, ensure_ascii=False)) and (wrong := not_read_back(written, function)):
            yield UNWRITABLE.at(f"{call.where}.arguments", problem=wrong)


def not_read_back(written: str, function: dict[str, Any]) -> str:
    """Why the text is not read as the call it was written from; empty when it is."""
    try:
        read = parse(written).calls
    except UnreadableCall as error:
        return str(error).rstrip(".")
    same = [json.dumps(call["function"], sort_keys=True) for call in read] == [json.dumps(function, sort_keys=True)]
    return "" if same else "it is read back as another one"
