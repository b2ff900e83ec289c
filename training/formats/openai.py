"""OpenAI chat with tools, which is also its fine-tuning JSONL: arguments as JSON text, results by call id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.calls import Call, read_call, read_tools
from training.formats.canonical import Canonical, Message
from training.formats.fields import Record, entries, json_text, mapping, present, text
from training.formats.turns import assistant, check_messages, with_names

NAME = "openai"
TITLE = "OpenAI chat"
OWN = ("messages", "tools", "functions")
ROLES = {"developer": "system", "function": "tool"} | {role: role for role in ("system", "user", "assistant", "tool")}


def recognises(record: Record) -> bool:
    messages = record.get("messages")
    return isinstance(messages, list) and bool(messages) and isinstance(messages[0], dict) and "role" in messages[0]


def read(record: Record) -> list[Canonical]:
    """One row; a call's id names its result and is dropped, `functions` and `function_call` are accepted."""
    tools = [*read_tools(record.get("tools")), *read_tools(record.get("functions"), "functions")]
    return [about.canonical(record, OWN, read_messages(record), tools)]


def read_messages(record: Record) -> list[Message]:
    """The canonical messages; raises `UnreadableRow` with the place, such as `messages[2].tool_calls[0]`."""
    names: dict[str, str] = {}
    messages = [
        read_message(mapping(message, f"messages[{number}]"), f"messages[{number}]", names)
        for number, message in enumerate(entries(record.get("messages"), "messages"))
    ]
    return with_names(messages)


def read_message(message: Record, place: str, names: dict[str, str]) -> Message:
    """One message; `names` grows by the ids of its calls."""
    said = text(message, "role", f"{place}.role")
    if said not in ROLES:
        raise UnreadableRow(f"The role '{said}' of '{place}' is unknown. Use {', '.join(sorted(ROLES))}.", place)
    role = ROLES[said]
    if role == "tool":
        return {"role": role, "name": result_of(message, names), "content": read_content(message, place)}
    if role != "assistant":
        return {"role": role, "content": read_content(message, place)}
    if message.get("weight") == 0:
        raise UnreadableRow(
            f"The answer '{place}' has weight 0, and every answer is trained on. End the row before it.", place
        )
    calls = read_calls(message, place, names)
    return assistant("" if calls and not present(message, "content") else read_content(message, place), calls)


def read_content(message: Record, place: str) -> str:
    """A message's text, which may come in parts; raises `UnreadableRow` for a picture or a sound."""
    place, parts = f"{place}.content", message.get("content")
    if not isinstance(parts, list):
        return text(message, "content", place)
    if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts):
        raise UnreadableRow(f"The field '{place}' holds more than text. Leave the rest out.", place)
    return "".join(part["text"] for part in parts)


def read_calls(message: Record, place: str, names: dict[str, str]) -> list[Call]:
    found = []
    if present(message, "function_call"):
        found.append(read_call(message["function_call"], f"{place}.function_call"))
    made = message.get("tool_calls")
    for number, item in enumerate(entries(made, f"{place}.tool_calls") if made is not None else ()):
        inner = f"{place}.tool_calls[{number}]"
        call = mapping(item, inner)
        found.append(read_call(call.get("function"), f"{inner}.function"))
        if isinstance(call.get("id"), str):
            names[call["id"]] = found[-1]["function"]["name"]
    return found


def result_of(message: Record, names: dict[str, str]) -> str:
    """The name of the tool whose result this is, empty where only its place can tell."""
    answered, name = message.get("tool_call_id"), message.get("name")
    if isinstance(name, str) and name:
        return name
    return names.get(answered, "") if isinstance(answered, str) else ""


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row, its calls with ids made up; raises `UnreadableRow` for a result that answers no call."""
    check_messages(row)
    return {
        "messages": write_messages(row.messages),
        **({"tools": row.tools} if row.tools else {}),
        **about.columns(row, OWN),
    }


def write_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    waiting: list[tuple[str, str]] = []
    made, found = 0, []
    for number, message in enumerate(messages):
        calls = message.get("tool_calls") or []
        if message["role"] == "assistant":
            waiting = [(call["function"]["name"], f"call_{made + at}") for at, call in enumerate(calls, start=1)]
            made += len(calls)
        if message["role"] == "tool":
            found.append(
                {"role": "tool", "tool_call_id": answered(message, waiting, number), "content": message["content"]}
            )
        elif calls:
            written = [write_call(call, name) for call, (_, name) in zip(calls, waiting, strict=True)]
            found.append({"role": "assistant", "content": message["content"] or None, "tool_calls": written})
        else:
            found.append({"role": message["role"], "content": message["content"]})
    return found


def answered(message: Message, waiting: list[tuple[str, str]], number: int) -> str:
    """The id of the first call of that name that no result has answered yet, which `waiting` loses."""
    for pair in waiting:
        if pair[0] == message.get("name"):
            waiting.remove(pair)
            return pair[1]
    place = f"messages[{number}]"
    raise UnreadableRow(f"The result '{place}' answers no call before it. Give it the name of one.", place)


def write_call(call: Call, name: str) -> dict[str, Any]:
    function = call["function"]
    return {
        "id": name,
        "type": "function",
        "function": {"name": function["name"], "arguments": json_text(function["arguments"])},
    }
