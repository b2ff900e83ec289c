"""Canonical rows as token ids and labels, through the model's own chat template.

Works with any template: each assistant turn is found as what rendering one more message adds, so only
what the model should say is trained on, end-of-turn token included. Our own template is written piece by piece without
Jinja, which saves most of the time; preflight holds every row of a run against the template itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from training.errors import RowTooLong, TemplateDrift
from training.functiongemma import CHAT_TEMPLATE, segments
from training.prompts import with_context

IGNORED = -100
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class EncodedRow:
    """A conversation as text and as tokens; `labels` are the tokens that are learned, -100 where nothing is.

    `starts` is the character each token begins at, `spans` where the assistant speaks in characters, `turns` the same
    in tokens, both as (start, end).
    """

    text: str
    spans: Spans
    turns: Spans
    input_ids: list[int]
    labels: list[int]
    starts: list[int]


def prompt_text(tokenizer: Any, row: dict[str, Any], *, context: bool = True) -> str:
    """The text a model continues to answer `row`, which ends before the assistant's turn."""
    messages = with_context(row["messages"], row.get("context", "") if context else "")
    text: str = tokenizer.apply_chat_template(
        messages, tools=row.get("tools") or None, tokenize=False, add_generation_prompt=True
    )
    return text


def answer_spans(tokenizer: Any, messages: Sequence[dict[str, Any]], tools: Any) -> tuple[str, Spans]:
    """The whole conversation as text, and where in it the assistant speaks (start, end in characters)."""
    if writes_our_turns(tokenizer):
        return joined(segments(messages, tools or ()))

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


def writes_our_turns(tokenizer: Any) -> bool:
    """Whether the tokenizer's template is ours to the letter, which `segments` writes piece by piece."""
    return bool(getattr(tokenizer, "chat_template", None) == CHAT_TEMPLATE)


def joined(pieces: Iterable[tuple[str, bool]]) -> tuple[str, Spans]:
    """(text, trained) pieces as one text, and where the trained ones stand in it."""
    text, spans = "", []
    for piece, trained in pieces:
        if trained:
            spans.append((len(text), len(text) + len(piece)))
        text += piece
    return text, spans


def encoded(tokenizer: Any, row: dict[str, Any]) -> EncodedRow:
    """The row as text and tokens, however many they are. Raises TemplateDrift."""
    messages = with_context(row["messages"], row.get("context", ""))
    text, spans = answer_spans(tokenizer, messages, row.get("tools"))
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, starts = made["input_ids"], [start for start, _ in made["offset_mapping"]]
    turns = [(bisect_left(starts, start), bisect_left(starts, end)) for start, end in spans]
    labels = [IGNORED] * len(ids)
    for first, end in turns:
        labels[first:end] = ids[first:end]
    return EncodedRow(text, spans, turns, ids, labels, starts)


def trained_tokens(tokenizer: Any, row: dict[str, Any], longest: int) -> dict[str, list[int]]:
    """{"input_ids", "labels"} of a row; labels are -100 where nothing is to be learned.

    Raises RowTooLong beyond `longest` tokens: a cut answer teaches to stop in mid-sentence.
    """
    made = encoded(tokenizer, row)
    if len(made.input_ids) > longest:
        raise RowTooLong(
            f"A row of {len(made.input_ids)} tokens does not fit the plan's {longest}: "
            f"shorten it, or raise 'longest'. It begins: {row['messages'][0]['content'][:60]!r}"
        )
    return {"input_ids": made.input_ids, "labels": made.labels}
