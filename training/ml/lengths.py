"""How long rows are in a base's tokens, counted by the code that trains on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.ml.rows import IGNORED, trained_tokens
from training.ml.seq2seq import pair_tokens, pairs
from training.planning.batch_shape import RowLength
from training.specs import TrainingSpec

NO_LIMIT = 1_000_000_000


def row_lengths(spec: TrainingSpec, tokenizer: Any, rows: Sequence[dict[str, Any]]) -> list[RowLength]:
    """The length of each row, and for an encoder-decoder of each of its answers, whatever the plan's limit."""
    if spec.base.architecture == "seq2seq":
        return [pair_length(tokenizer, *pair) for row in rows for pair in pairs(row)]
    return [conversation_length(tokenizer, row) for row in rows]


def conversation_length(tokenizer: Any, row: dict[str, Any]) -> RowLength:
    tokens = trained_tokens(tokenizer, row, NO_LIMIT)
    return RowLength(len(tokens["input_ids"]), sum(label != IGNORED for label in tokens["labels"]))


def pair_length(tokenizer: Any, asked: str, answer: str) -> RowLength:
    tokens = pair_tokens(tokenizer, asked, answer, NO_LIMIT)
    return RowLength(len(tokens["input_ids"]), len(tokens["labels"]), len(tokens["labels"]))
