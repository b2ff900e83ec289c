"""A recipe's conversations as tokens: drawn from their seed, rendered, gathered into batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from training.functiongemma import segments
from training.ml.recipes import Recipe, Round
from training.ml.tokenizer import pieces
from training.starters import calls_corpus, texts_corpus, written_corpus
from training.starters.calls_corpus import Conversation
from training.starters.words import Wide, wider
from training.starters.written_corpus import Domain, held_out_domains, taught_domains

Row = tuple[list[int], list[int]]
Batch = list[Row]
IGNORED = -100


def draw(
    recipe: Recipe, random: Random, progress: float, written: float = 0.0, domains: Sequence[Domain] = ()
) -> Conversation:
    """One conversation of the recipe's corpus, as hard as `progress` (0 to 1) allows; a share `written` of them has
    requests that people wrote for `domains`."""
    if written and random.random() < written:
        return written_corpus.conversation(random, domains)
    if recipe.corpus == "texts":
        return texts_corpus.conversation(
            random,
            hardest=min(1.0, 0.2 + 4 * progress),
            most_fields=3 if progress < 0.05 else 5 if progress < 0.12 else 9,
        )
    most = 2 if progress < 0.08 else 4 if progress < 0.2 else 6
    if progress > 0.5 and random.random() < 0.08:
        most = 18
    return calls_corpus.conversation(random, most_tools=most)


def tokens_and_labels(conversation: Conversation, tokenizer: Any) -> Row:
    tokens: list[int] = []
    labels: list[int] = []
    for text, trained in segments(conversation.messages, conversation.tools):
        piece = tokenizer(text, add_special_tokens=False)["input_ids"]
        tokens += piece
        labels += piece if trained else [IGNORED] * len(piece)
    return tokens, labels


def batches(recipe: Recipe, index: int, tokenizer: Any) -> Iterator[list[Batch]]:
    """The steps of a round: a few batches each, about `tokens_per_batch` tokens of rows of like length."""
    this = recipe.rounds[index]
    random = randomness(this, this.seed, tokenizer)
    domains = taught_domains() if this.written else ()
    step, waiting = 0, list[Batch]()
    while step < this.steps:
        progress = 1.0 if index else step / recipe.pace
        pool = [tokens_and_labels(draw(recipe, random, progress, this.written, domains), tokenizer) for _ in range(256)]
        waiting += of_like_length(pool, recipe.tokens_per_batch)
        random.shuffle(waiting)
        while len(waiting) >= recipe.batches_per_step and step < this.steps:
            step += 1
            yield [waiting.pop() for _ in range(recipe.batches_per_step)]


def randomness(this: Round, seed: int, tokenizer: Any) -> Random:
    if this.vocabulary:
        return wider(seed, *pieces(tokenizer), rich=this.rich, common=this.common)
    return Wide(seed) if this.wide else Random(seed)


def of_like_length(rows: list[Row], tokens: int) -> list[Batch]:
    """The rows in batches that take at most `tokens` once padded."""
    grouped: list[Batch] = [[]]
    for row in sorted(rows, key=lambda row: len(row[0])):
        if grouped[-1] and (len(grouped[-1]) + 1) * len(row[0]) > tokens:
            grouped.append([])
        grouped[-1].append(row)
    return grouped


def held_out_rows(recipe: Recipe, tokenizer: Any) -> list[Row]:
    """96 conversations from a seed of their own; their values are drawn anew and hardly ever met in training, and
    written requests are for domains that training leaves out."""
    last = recipe.rounds[-1]
    domains = held_out_domains() if last.written else ()
    random = randomness(replace(last, wide=True), last.seed + 1_000_000, tokenizer)
    return [tokens_and_labels(draw(recipe, random, 0.3, last.written, domains), tokenizer) for _ in range(96)]
