"""Rows for the tests of the formats: whatever each of them can hold, and records with something broken in them."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from training.formats import classification, learning_path
from training.formats.canonical import Canonical, Message
from training.formats.turns import assistant, system, user

CHARACTERS = st.sampled_from("กู้ภัย\n\r\t \"'{}[]:,<>\\\u2028\ufeff1.") | st.characters(
    exclude_categories=["Cs"], exclude_characters="\x00"
)
TEXT = st.text(CHARACTERS, max_size=12)
SAID = TEXT.filter(bool)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
# What a broken source may hold: also what JSON cannot.
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["role", "[", "{}", '{"name": "f", "arguments": "{"}', "\ud800", "assistant", "function_call"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(TEXT, VALUES, max_size=3)
EXTRA = st.dictionaries(st.sampled_from(["id", "note", "หมายเหตุ"]), VALUES, max_size=2)
COLUMNS = {
    "brand": SAID,
    "context": SAID,
    "expected": st.dictionaries(NAMES, VALUES, min_size=1, max_size=2),
    "split": st.sampled_from(["train", "held_out"]),
    "kind": SAID,
    "synthetic": st.just(True),
    "source": SAID,
}


def wrapped(name: str, arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


CALLS = st.lists(st.builds(wrapped, NAMES, ARGUMENTS), min_size=1, max_size=3)


@st.composite
def details(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=COLUMNS))
    if extra := draw(EXTRA):
        found["extra"] = extra
    return found


@st.composite
def called(draw: st.DrawFn) -> list[Message]:
    """A turn with calls, and results in the order of the calls."""
    turn = assistant(draw(TEXT), draw(CALLS))
    names = [call["function"]["name"] for call in turn["tool_calls"]]
    answered = names[: draw(st.integers(1, len(names)))]
    return [turn, *({"role": "tool", "name": name, "content": draw(TEXT)} for name in answered)]


@st.composite
def conversation(draw: st.DrawFn) -> list[Message]:
    before = draw(st.lists(SAID.map(system), max_size=1))
    turns: list[Message] = []
    for _ in range(draw(st.integers(1, 3))):
        turns.append(user(draw(TEXT)))
        for round_ in draw(st.lists(called(), max_size=2)):
            turns += round_
        turns += draw(st.lists(TEXT.map(assistant), max_size=1))
    return [*before, *turns]


@st.composite
def tool(draw: st.DrawFn) -> dict[str, Any]:
    properties = draw(st.dictionaries(NAMES, st.just({"type": "string"}) | st.just({"enum": [1, "a"]}), max_size=2))
    function = {"name": draw(NAMES), "description": draw(TEXT)}
    if draw(st.booleans()):
        function["parameters"] = {"type": "object", "properties": properties, "required": sorted(properties)}
    return {"type": "function", "function": function}


@st.composite
def chat_row(draw: st.DrawFn) -> Canonical:
    return row(draw, draw(conversation()), tools=draw(st.lists(tool(), max_size=2)))


@st.composite
def alpaca_row(draw: st.DrawFn) -> Canonical:
    instruction, given = draw(TEXT), draw(TEXT)
    before = draw(st.lists(SAID.map(system), max_size=1))
    history = draw(st.lists(st.tuples(TEXT, TEXT), max_size=2))
    turns = [message for asked, said in history for message in (user(asked), assistant(said))]
    asked = f"{instruction}\n{given}" if instruction and given else instruction or given
    found = row(draw, [*before, *turns, user(asked), assistant(draw(TEXT))])
    return Canonical(**(vars(found) | {"details": found.details | ({"input": given} if given else {})}))


@st.composite
def plain_row(draw: st.DrawFn, task: str = "") -> Canonical:
    return row(draw, [user(draw(TEXT)), assistant(draw(TEXT))], task=task)


@st.composite
def classification_row(draw: st.DrawFn) -> Canonical:
    scores = draw(st.dictionaries(TEXT.filter(lambda name: name != "label"), NUMBERS, max_size=3))
    said = classification.answer(draw(TEXT), scores)
    return row(draw, [user(draw(TEXT)), assistant(said)], task=classification.TASK)


@st.composite
def learning_path_row(draw: st.DrawFn) -> Canonical:
    goal, language = draw(TEXT), draw(st.sampled_from(["en", "th"]))
    asked = learning_path.request(goal, draw(TEXT), language)
    steps = draw(st.lists(TEXT.filter(lambda step: "\n" not in step), min_size=1, max_size=4))
    found = row(draw, [user(asked), assistant(learning_path.numbered(steps))], task=learning_path.TASK)
    return Canonical(**(vars(found) | {"language": language}))


def row(draw: st.DrawFn, messages: list[Message], *, tools: Any = (), task: str = "") -> Canonical:
    return Canonical(
        messages=messages,
        tools=list(tools),
        task=draw(SAID) if draw(st.booleans()) else task,
        language=draw(st.sampled_from(["", "en", "th"])),
        group=draw(TEXT),
        details=draw(details()),
    )


ROWS: dict[str, st.SearchStrategy[Canonical]] = {
    "aidirector": chat_row(),
    "openai": chat_row(),
    "sharegpt": chat_row(),
    "alpaca": alpaca_row(),
    "prompt_completion": plain_row(),
    "learning_path": learning_path_row(),
    "tutoring": plain_row(task="tutoring"),
    "classification": classification_row(),
}


@st.composite
def broken(draw: st.DrawFn, record: dict[str, Any]) -> dict[str, Any]:
    """The record with something at a random depth taken away, or junk in its place."""
    found = copy.deepcopy(record)
    for _ in range(draw(st.integers(1, 2))):
        inner: Any = found
        while inner:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            key = draw(st.sampled_from(keys))
            if not isinstance(inner[key], dict | list) or not inner[key] or draw(st.integers(0, 3)) == 0:
                inner[key] = draw(JUNK)
                if draw(st.booleans()):
                    del inner[key]
                break
            inner = inner[key]
    return found


def tree(**nodes: Any) -> dict[str, Any]:
    return {"id": "monads", "prompt": "What's a monad?", "nodes": nodes}


def node(*targets: Any, texts: tuple[str, ...] = ("A pattern.",)) -> dict[str, Any]:
    choices = [
        {"text": f"Choice {number}", "confidence": 0.5 + number / 10, "target": target}
        for number, target in enumerate(targets)
    ]
    return {"texts": list(texts), "choices": choices}


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
