"""Alpaca: an instruction, perhaps with an input, and its output; earlier exchanges in `history`."""

from __future__ import annotations

from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.canonical import Canonical, Message
from training.formats.fields import Record, entries, present, text
from training.formats.turns import assistant, exchanges, system, user

NAME = "alpaca"
TITLE = "Alpaca"
OWN = ("instruction", "input", "output", "system", "history")


def recognises(record: Record) -> bool:
    return "instruction" in record and "output" in record


def read(record: Record) -> list[Canonical]:
    """One row: the request is the instruction with its input on a line of its own, which `details["input"]` repeats."""
    instruction, answer = text(record, "instruction"), text(record, "output")
    given = text(record, "input") if present(record, "input") else ""
    before = text(record, "system") if present(record, "system") else ""
    messages = [
        *([system(before)] if before else []),
        *read_history(record.get("history")),
        user(joined(instruction, given)),
        assistant(answer),
    ]
    return [about.canonical(record, OWN, messages, details={"input": given} if given else None)]


def joined(instruction: str, given: str) -> str:
    return f"{instruction}\n{given}" if instruction and given else instruction or given


def read_history(value: Any) -> list[Message]:
    """The earlier turns of [[user, assistant], ...]."""
    found: list[Message] = []
    for number, pair in enumerate(entries(value, "history") if value is not None else ()):
        place = f"history[{number}]"
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(said, str) for said in pair):
            raise UnreadableRow(f"The field '{place}' is no pair of texts. Write [request, answer].", place)
        found += [user(pair[0]), assistant(pair[1])]
    return found


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row; raises `UnreadableRow` for one with tools or with turns that are no exchanges."""
    before, pairs = exchanges(row, TITLE)
    instruction, given = parted(pairs[-1][0], row.details.get("input"))
    return {
        "instruction": instruction,
        "input": given,
        "output": pairs[-1][1],
        **({"system": before} if before else {}),
        **({"history": [list(pair) for pair in pairs[:-1]]} if len(pairs) > 1 else {}),
        **about.columns(row, OWN),
    }


def parted(request: str, given: Any) -> tuple[str, str]:
    """A request as (instruction, input); the input is what was read as one, if the request still ends with it."""
    if isinstance(given, str) and given:
        instruction = request.removesuffix(given).removesuffix("\n")
        if joined(instruction, given) == request:
            return instruction, given
    return request, ""
