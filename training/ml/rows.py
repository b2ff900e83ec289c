"""Canonical rows as token ids and labels, through the model's own chat template.

Works with any template: each assistant turn is found as what rendering one more message adds, so only
what the model should say is trained on, end-of-turn token included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.errors import RowTooLong, TemplateDrift
from training.prompts import with_context

IGNORED = -100


def prompt_text(tokenizer: Any, row: dict[str, Any], *, context: bool = True) -> str:
    """The text a model continues to answer `row`, which ends before the assistant's turn."""
    messages = with_context(row["messages"], row.get("context", "") if context else "")
    text: str = tokenizer.apply_chat_template(
        messages, tools=row.get("tools") or None, tokenize=False, add_generation_prompt=True
    )
    return text


def answer_spans(tokenizer: Any, messages: Sequence[dict[str, Any]], tools: Any) -> tuple[str, list[tuple[int, int]]]:
    """The whole conversation as text, and where in it the assistant speaks (start, end in characters)."""

    def rendered(count: int, *, opened: bool = False) -> str:
        text: str = tokenizer.apply_chat_template(
            list(messages[:count]), tools=tools or None, tokenize=False, add_generation_prompt=opened
        )
        return text

    whole, spans = rendered(len(messages)), []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before, after = rendered(index, opened=True), rendered(index + 1).rstrip()
        if not (after.startswith(before) and whole.startswith(after)):
            raise TemplateDrift(
                "The base model's chat template rewrites earlier turns, so what to train on cannot be told apart. "
                "Use rows with one assistant turn, or give the base a plain template."
            )
        spans.append((len(before), len(after)))
    return whole, spans


def trained_tokens(tokenizer: Any, row: dict[str, Any], longest: int) -> dict[str, list[int]]:
    """{"input_ids", "labels"} of a row; labels are -100 where nothing is to be learned.

    Raises RowTooLong beyond `longest` tokens: a cut answer teaches to stop in mid-sentence.
    """
    messages = with_context(row["messages"], row.get("context", ""))
    text, spans = answer_spans(tokenizer, messages, row.get("tools"))
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    if len(encoded["input_ids"]) > longest:
        raise RowTooLong(
            f"A row of {len(encoded['input_ids'])} tokens does not fit the plan's {longest}: "
            f"shorten it, or raise 'longest'. It begins: {row['messages'][0]['content'][:60]!r}"
        )
    labels = [
        token if any(start <= at < end for start, end in spans) else IGNORED
        for token, (at, _) in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
    ]
    return {"input_ids": encoded["input_ids"], "labels": labels}
