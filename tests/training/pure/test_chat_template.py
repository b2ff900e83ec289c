"""The tokenizer's chat template writes what `functiongemma.segments` writes, and learns the same pieces."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.training.pure.test_functiongemma import NUMBERS, SAID, wrapped
from training.functiongemma import CHAT_TEMPLATE, prompt, segments
from training.packs import Pack
from training.starters import calls_corpus, texts_corpus

# The `generation` tags of the template frame what is trained on; here they become marks in the text.
OPENED, CLOSED = "\ue000", "\ue001"
MARKED = re.sub(r"{%-?\s*generation\s*-?%}", OPENED, CHAT_TEMPLATE)
MARKED = re.sub(r"{%-?\s*endgeneration\s*-?%}", CLOSED, MARKED)
TEMPLATE = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(MARKED)

WORDS = SAID.filter(lambda text: OPENED not in text and CLOSED not in text)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "boolean", "array"]),
            "description": WORDS,
            "enum": st.lists(WORDS, max_size=3),
            "items": st.fixed_dictionaries({"type": st.just("string")}),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=2)}
    ),
    max_leaves=4,
)
TOOLS = st.builds(
    lambda name, description, properties, required: {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": properties, "required": required},
        },
    },
    NAMES,
    WORDS,
    st.dictionaries(NAMES, SCHEMAS, max_size=3),
    st.lists(NAMES, max_size=2),
)
MESSAGES = st.lists(
    st.builds(lambda text: {"role": "user", "content": text}, WORDS)
    | st.builds(lambda text: {"role": "system", "content": text}, WORDS)
    | st.builds(lambda name, text: {"role": "tool", "name": name, "content": text}, NAMES, WORDS)
    | st.builds(
        lambda text, calls: {"role": "assistant", "content": text, "tool_calls": calls},
        WORDS | st.none(),
        st.lists(st.builds(wrapped, NAMES, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=2),
    ),
    max_size=5,
)


def agree(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> None:
    written = TEMPLATE.render(messages=messages, tools=tools, add_generation_prompt=False)
    marked = [f"{OPENED}{text}{CLOSED}" if learned else text for text, learned in segments(messages, tools)]
    assert written == "".join(marked)
    opened = TEMPLATE.render(messages=messages, tools=tools, add_generation_prompt=True)
    assert opened.replace(OPENED, "").replace(CLOSED, "") == prompt(messages, tools)


@given(MESSAGES, st.lists(TOOLS, max_size=3))
def test_on_any_conversation(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> None:
    agree(messages, tools)


@pytest.mark.parametrize("corpus", [calls_corpus, texts_corpus])
def test_on_the_starters_corpora(corpus: Any) -> None:
    for seed in range(150):
        made = corpus.conversation(Random(seed))
        agree(made.messages, made.tools)


def test_on_the_shipped_packs(music: Pack, brand_pack: Pack) -> None:
    for row in [*music.rows[::10], *brand_pack.rows[::5]]:
        agree(row.messages, row.tools)


def test_a_tool_without_parameters() -> None:
    agree([{"role": "user", "content": "Stop"}], [{"type": "function", "function": {"name": "stop"}}])


def test_names_in_mixed_case_stand_in_the_same_order() -> None:
    call = wrapped("set", {"b": 1, "A": 2, "Zone": 3})
    agree([{"role": "assistant", "content": "", "tool_calls": [call]}], [])
