"""ShareGPT, with the calls of LLaMA-Factory's Glaive flavour: `function_call` and `observation` turns, tools as text.

Calls that follow one another, or a text of the assistant, are one message of several calls; they are written as a
JSON list in one turn. Arguments given as JSON text are read as what they say and written as objects.
"""

from __future__ import annotations

from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.calls import Call, bare, read_call, read_tools, write_call
from training.formats.canonical import Canonical, Message
from training.formats.fields import Record, entries, json_text, mapping, present, read_json, text
from training.formats.turns import assistant, check_messages, system, with_names

NAME = "sharegpt"
TITLE = "ShareGPT"
OWN = ("conversations", "system", "tools")
ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
    "observation": "tool",
    "tool": "tool",
}
CALLS = "function_call"
SPEAKERS = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}


def recognises(record: Record) -> bool:
    turns = record.get("conversations")
    return isinstance(turns, list) and bool(turns) and isinstance(turns[0], dict) and "from" in turns[0]


def read(record: Record) -> list[Canonical]:
    """One row; raises `UnreadableRow` with the place of what is wrong, such as `conversations[3].value`."""
    before = text(record, "system") if present(record, "system") else ""
    messages = [system(before)] if before else []
    for number, turn in enumerate(entries(record.get("conversations"), "conversations")):
        add_turn(messages, mapping(turn, f"conversations[{number}]"), f"conversations[{number}]")
    return [about.canonical(record, OWN, with_names(messages), read_tools(record.get("tools")))]


def add_turn(messages: list[Message], turn: Record, place: str) -> None:
    """Append what a turn says, or join its calls to the assistant's message before it."""
    speaker, said = text(turn, "from", f"{place}.from"), text(turn, "value", f"{place}.value")
    if speaker == CALLS:
        calls = read_calls(said, f"{place}.value")
        if messages and messages[-1]["role"] == "assistant":
            last = messages.pop()
            messages.append(assistant(last["content"], [*last.get("tool_calls", ()), *calls]))
        else:
            messages.append(assistant("", calls))
    elif speaker in ROLES:
        messages.append({"role": ROLES[speaker], "content": said})
    else:
        known = ", ".join([*ROLES, CALLS])
        raise UnreadableRow(f"The speaker '{speaker}' of '{place}' is unknown. Use one of: {known}.", f"{place}.from")


def read_calls(said: str, place: str) -> list[Call]:
    """The calls of a turn: one, or a list of them."""
    found = read_json(said, place)
    if found == []:
        raise UnreadableRow(f"The field '{place}' is an empty list of calls. Leave the turn out.", place)
    return [read_call(item, place) for item in (found if isinstance(found, list) else [found])]


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row, its tools as JSON text; raises `UnreadableRow` where its turns could not be told apart."""
    check_messages(row)
    opening = [m["content"] for m in row.messages[:1] if m["role"] == "system" and m["content"]]
    rest = row.messages[len(opening) :]
    if with_names([unnamed(message) for message in rest]) != rest:
        raise UnreadableRow(
            "ShareGPT tells results by their order alone. Put them in the order of the calls.", "messages"
        )
    return {
        "conversations": [turn for number in range(len(rest)) for turn in write_turns(rest, number)],
        "tools": json_text([bare(tool) for tool in row.tools]),
        **({"system": opening[0]} if opening else {}),
        **about.columns(row, OWN),
    }


def unnamed(message: Message) -> Message:
    return {key: value for key, value in message.items() if key != "name"}


def write_turns(messages: list[Message], number: int) -> list[dict[str, str]]:
    """The turns of one message: a text, calls, or a text and then calls."""
    message, calls = messages[number], messages[number].get("tool_calls") or []
    said = {"from": SPEAKERS[message["role"]], "value": message["content"]}
    if not calls:
        return [said]
    if not message["content"] and number and messages[number - 1]["role"] == "assistant":
        place = f"messages[{number}]"
        raise UnreadableRow(f"ShareGPT would join the calls of '{place}' to the answer before it. Join them.", place)
    written: list[dict[str, Any]] = [write_call(call) for call in calls]
    turn = {"from": CALLS, "value": json_text(written if len(written) > 1 else written[0])}
    return [said, turn] if message["content"] else [turn]
