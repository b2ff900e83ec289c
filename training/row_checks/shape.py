"""Whether a row is one: a list of messages with known roles and texts, and JSON throughout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import FIELDS, MAX_DEPTH, ROLES, is_json, nodes, objects, turns

NO_MESSAGES = Kind(
    "no_messages",
    "error",
    "No messages",
    "The row has no list of messages.",
    "Give it at least a message of the user and one of the assistant.",
)
BAD_MESSAGE = Kind(
    "bad_message",
    "error",
    "Not a message",
    "This is no message: it has to be an object with a role and a content.",
    'Write it as {{"role": "user", "content": "…"}}.',
)
UNKNOWN_ROLE = Kind(
    "unknown_role",
    "error",
    "Unknown role",
    "There is no role '{role}'.",
    "Use system, user, assistant or tool.",
)
NO_TEXT = Kind(
    "content_not_text",
    "error",
    "Content is not text",
    "The content of the message is not text.",
    "Write a text; beside calls it may be empty.",
)
WRONG_FIELD = Kind(
    "wrong_field",
    "error",
    "Field of the wrong kind",
    "The field '{field}' has to be {kind}.",
    "Correct the field, or leave it out.",
)
UNKNOWN_SPLIT = Kind(
    "unknown_split",
    "error",
    "Unknown split",
    "There is no split '{split}'.",
    "Use train or held_out.",
)
EMPTY = Kind(
    "empty_text",
    "error",
    "Empty message",
    "The message of the {role} is empty.",
    "Write what is said, or remove the message.",
)
EMPTY_RESPONSE = Kind(
    "empty_response",
    "notice",
    "Empty response of a tool",
    "The tool's response is empty.",
    "Check that the tool really answers with nothing.",
)
NOT_JSON = Kind(
    "not_json",
    "error",
    "Not JSON",
    "The value is none that JSON knows, such as NaN or a key that is no text.",
    "Replace it with a text, a finite number, true, false or null.",
)
TOO_DEEP = Kind(
    "too_deep",
    "error",
    "Nested too deep",
    "The value is nested deeper than {depth} levels.",
    "Flatten it, or remove the row.",
)
KINDS = (
    NO_MESSAGES,
    BAD_MESSAGE,
    UNKNOWN_ROLE,
    NO_TEXT,
    WRONG_FIELD,
    UNKNOWN_SPLIT,
    EMPTY,
    EMPTY_RESPONSE,
    NOT_JSON,
    TOO_DEEP,
)
TEXT_FIELDS = ("task", "language", "context", "split", "group", "brand")
SPLITS = (None, "", "train", "held_out")
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    yield from fields(row)
    for where, message in objects(row.get("messages"), "messages"):
        yield from one_message(where, message)
    for turn in turns(row):
        if turn.content.strip().strip(UNSEEN):
            continue
        if turn.role == "tool":
            yield EMPTY_RESPONSE.at(f"{turn.where}.content")
        elif turn.role != "assistant" or not turn.calls:
            yield EMPTY.at(f"{turn.where}.content", role=turn.role)
    yield from json_values(row)


def fields(row: Mapping[str, Any]) -> Iterator[Finding]:
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield NO_MESSAGES.at("messages")
    for field in TEXT_FIELDS:
        if not isinstance(row.get(field, ""), str | None):
            yield WRONG_FIELD.at(field, field=field, kind="text")
    if not isinstance(row.get("tools", []), list):
        yield WRONG_FIELD.at("tools", field="tools", kind="a list of declarations")
    if not isinstance(row.get("expected", {}), Mapping | None):
        yield WRONG_FIELD.at("expected", field="expected", kind="an object")
    split = row.get("split")
    if isinstance(split, str) and split not in SPLITS:
        yield UNKNOWN_SPLIT.at("split", split=split)


def one_message(where: str, message: object) -> Iterator[Finding]:
    if not isinstance(message, Mapping) or not {"role", "content"} <= message.keys():
        yield BAD_MESSAGE.at(where)
        return
    if message["role"] not in ROLES:
        yield UNKNOWN_ROLE.at(f"{where}.role", role=message["role"])
    if not isinstance(message["content"], str):
        yield NO_TEXT.at(f"{where}.content")


def json_values(row: Mapping[str, Any]) -> Iterator[Finding]:
    """At most one finding a field of each kind: the first place."""
    for field in FIELDS:
        found = list(nodes(row.get(field), field))
        yield from [NOT_JSON.at(where) for where, value, _ in found if not is_json(value)][:1]
        yield from [TOO_DEEP.at(where, depth=MAX_DEPTH) for where, _, depth in found if depth > MAX_DEPTH][:1]
