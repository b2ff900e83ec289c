"""Rows as tokens: the model is taught exactly what the assistant says, and nothing is cut."""

from __future__ import annotations

from typing import Any

import pytest

from tests import tiny
from training.errors import RowTooLong, TemplateDrift
from training.functiongemma import call_text, prompt
from training.ml.loading import load_tokenizer
from training.ml.rows import IGNORED, prompt_text, trained_tokens

LATEST_ONLY = (
    "{% for m in messages %}{% if m['role'] == 'user' or loop.last %}[{{ m['role'] }}]{{ m['content'] }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture
def tokenizer(starters) -> Any:
    return load_tokenizer(tiny.base(starters))


def taught(tokenizer: Any, row: dict[str, Any], longest: int = 1024) -> str:
    """The text of the labels, `|` where something that is not taught lies between."""
    labels = trained_tokens(tokenizer, row, longest)["labels"]
    runs: list[list[int]] = [[]]
    for label in labels:
        if label != IGNORED:
            runs[-1].append(label)
        elif runs[-1]:
            runs.append([])
    return "|".join(tokenizer.decode(run) for run in runs if run)


def said(row: dict[str, Any]) -> str:
    last = row["messages"][-1]
    return last["content"] + "".join(map(call_text, last.get("tool_calls") or ())) + "<end_of_turn>"


@pytest.mark.parametrize("number", [0, 5, 6])
def test_exactly_the_assistants_turn_is_taught(tokenizer, number):
    row = tiny.play_row(number)
    assert taught(tokenizer, row) == said(row)


def test_every_turn_of_a_conversation_is_taught(tokenizer):
    one, other = tiny.play_row(1), tiny.play_row(5)
    joined = one | {"messages": one["messages"] + other["messages"], "context": "Volume: at most 20"}
    assert taught(tokenizer, joined) == f"{said(one)}|{said(other)}"


def test_a_text_in_thai_is_taught_whole(tokenizer):
    row = {
        "messages": [{"role": "user", "content": "เขียน"}, {"role": "assistant", "content": "กาแฟ 🙂 ดี!"}],
        "tools": [],
    }
    assert taught(tokenizer, row) == "กาแฟ 🙂 ดี!<end_of_turn>"


def test_the_tokens_are_those_of_the_whole_conversation(tokenizer):
    row = tiny.play_row(3)
    tokens = trained_tokens(tokenizer, row, 1024)
    assert len(tokens["input_ids"]) == len(tokens["labels"])
    text = tokenizer.decode(tokens["input_ids"])
    assert text == prompt(row["messages"][:1], row["tools"]) + said(row) + "\n"


def test_the_context_stands_before_the_request_and_is_not_taught(tokenizer):
    row = tiny.play_row(3) | {"context": "Brand: CoffeeLab"}
    assert taught(tokenizer, row) == said(row)
    question = row | {"messages": row["messages"][:1]}
    assert "user\nBrand: CoffeeLab\n\nPlay" in prompt_text(tokenizer, question)
    assert "CoffeeLab" not in prompt_text(tokenizer, question, context=False)


def test_a_row_that_does_not_fit_is_refused_rather_than_cut(tokenizer):
    row = tiny.play_row(3)
    length = len(trained_tokens(tokenizer, row, 1024)["input_ids"])
    assert trained_tokens(tokenizer, row, length)
    with pytest.raises(RowTooLong, match=rf"{length} tokens does not fit the plan's {length - 1}.*'Play"):
        trained_tokens(tokenizer, row, length - 1)


def test_a_template_that_rewrites_earlier_turns_is_refused(tokenizer):
    tokenizer.chat_template = LATEST_ONLY
    turn = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}]
    assert taught(tokenizer, {"messages": turn}) == "Two"
    with pytest.raises(TemplateDrift, match="one assistant turn"):
        trained_tokens(tokenizer, {"messages": turn + turn}, 1024)
