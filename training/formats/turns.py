"""What formats ask of a row's messages: their shape, whose result is whose, and plain question and answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.errors import UnreadableRow
from training.formats.calls import read_call
from training.formats.canonical import Canonical, Message
from training.formats.fields import check_sound, entries, mapping, text

ROLES = ("system", "user", "assistant", "tool")


def user(content: str) -> Message:
    return {"role": "user", "content": content}


def assistant(content: str, calls: Sequence[dict[str, Any]] = ()) -> Message:
    return {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {})}


def system(content: str) -> Message:
    return {"role": "system", "content": content}


def check_messages(row: Canonical) -> None:
    """Raises `UnreadableRow` unless messages and tools have the canonical shape: nothing else can be written."""
    check_sound([row.messages, row.tools], "messages")
    for number, tool in enumerate(entries(row.tools, "tools")):
        mapping(tool, f"tools[{number}]")
    for number, message in enumerate(entries(row.messages, "messages")):
        place = f"messages[{number}]"
        if (role := text(mapping(message, place), "role", f"{place}.role")) not in ROLES:
            raise UnreadableRow(f"The role '{role}' of '{place}' is unknown. Use {', '.join(ROLES)}.", place)
        text(message, "content", f"{place}.content")
        for at, made in enumerate(entries(message.get("tool_calls", []), f"{place}.tool_calls")):
            inner = f"{place}.tool_calls[{at}]"
            read_call(mapping(made, inner).get("function"), inner)


def with_names(messages: Sequence[Message]) -> list[Message]:
    """The messages with a "name" on every tool's: results without one answer the calls before them in order."""
    waiting: list[str] = []
    found = []
    for message in messages:
        if message["role"] == "assistant":
            waiting = [made["function"]["name"] for made in message.get("tool_calls", ())]
        if message["role"] == "tool":
            name = message.get("name") or (waiting[0] if waiting else "")
            if name in waiting:
                waiting.remove(name)
            message = {"role": "tool", "name": name, "content": message["content"]}
        found.append(message)
    return found


def exchanges(row: Canonical, title: str) -> tuple[str, list[tuple[str, str]]]:
    """The system text and the (user, assistant) pairs; raises `UnreadableRow` for a row with more than those."""
    check_messages(row)
    if row.tools or any(message.get("tool_calls") or message["role"] == "tool" for message in row.messages):
        raise UnreadableRow(f"{title} cannot hold tools and calls. Export the row as ShareGPT or OpenAI.", "messages")
    opening = [message["content"] for message in row.messages[:1] if message["role"] == "system"]
    rest = row.messages[len(opening) :]
    if not rest or [message["role"] for message in rest] != ["user", "assistant"] * (len(rest) // 2):
        raise UnreadableRow(
            f"{title} holds questions each with its answer. Export a row with other turns as ShareGPT or OpenAI.",
            "messages",
        )
    said = [message["content"] for message in rest]
    return "".join(opening), list(zip(said[::2], said[1::2], strict=True))


def one_exchange(row: Canonical, title: str) -> tuple[str, str]:
    """The question and the answer of a row that holds nothing else; raises `UnreadableRow` for any other."""
    before, pairs = exchanges(row, title)
    if before or len(pairs) > 1:
        raise UnreadableRow(
            f"{title} holds one question with its answer. Export a longer row as Alpaca, ShareGPT or OpenAI.",
            "messages",
        )
    return pairs[0]
