"""Whether the turns follow one another as a model is taught them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import Turn, turns

LATE_SYSTEM = Kind(
    "late_system",
    "error",
    "System message not first",
    "A system message stands after the first message.",
    "Move it to the top, or join it with the one that is there.",
)
NO_REQUEST = Kind(
    "no_request",
    "error",
    "No request",
    "The conversation does not begin with the user.",
    "Put the user's request first, after the system message where there is one.",
)
TWICE = Kind(
    "role_twice",
    "error",
    "Same role twice in a row",
    "Two messages of the {role} follow one another.",
    "Join them, or put in the message that lacks between them.",
)
NO_CALL = Kind(
    "response_without_call",
    "error",
    "Response without a call",
    "A tool responds, and the assistant has not called one just before.",
    "Put the assistant's call before it, or remove the response.",
)
MORE_RESPONSES = Kind(
    "more_responses",
    "warning",
    "More responses than calls",
    "More tools respond than the assistant has called.",
    "Remove the response that nobody asked for, or add its call.",
)
NO_ANSWER = Kind(
    "no_answer",
    "error",
    "No answer at the end",
    "The conversation ends with the {role}, so there is no answer to learn or to compare with.",
    "Add the assistant's answer; a held-out row may say in `expected` what a right one holds.",
)
KINDS = (LATE_SYSTEM, NO_REQUEST, TWICE, NO_CALL, MORE_RESPONSES, NO_ANSWER)


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    """Nothing where a message cannot be read: what follows what is then unknown."""
    said, messages = turns(row), row.get("messages")
    if not said or not isinstance(messages, list) or len(said) != len(messages):
        return
    talk = said[1:] if said[0].role == "system" else said
    yield from [LATE_SYSTEM.at(turn.where) for turn in talk if turn.role == "system"]
    talk = [turn for turn in talk if turn.role != "system"]
    if not talk or talk[0].role != "user":
        yield NO_REQUEST.at(talk[0].where if talk else "messages")
    yield from responses(talk)
    for before, turn in zip(talk, talk[1:], strict=False):
        if turn.role == before.role != "tool":
            yield TWICE.at(turn.where, role=turn.role)
    if talk and talk[-1].role != "assistant" and not (row.get("split") == "held_out" and row.get("expected")):
        yield NO_ANSWER.at(talk[-1].where, role=talk[-1].role)


def responses(talk: list[Turn]) -> Iterator[Finding]:
    """Each run of tool turns against the calls of the turn before it."""
    open_calls: int | None = None
    for turn in talk:
        if turn.role != "tool":
            open_calls = len(turn.calls) or None
        elif open_calls is None:
            yield NO_CALL.at(turn.where)
        else:
            open_calls -= 1
            if open_calls < 0:
                yield MORE_RESPONSES.at(turn.where)
