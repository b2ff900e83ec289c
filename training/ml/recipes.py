"""Recipes of the starters: everything that decides their weights, besides the code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """So many steps under one schedule, its cool-down included; `wide` rounds draw from a wider choice of words.

    A round with a `vocabulary` first drops all further entries of the one before, and draws words from the
    pieces that stay; a `rich` one words its requests in more ways,
    a `common` one in everyday turns of speech and with common words. `written` is the share of conversations
    that people worded (training/starters/written_corpus.py).
    """

    steps: int = 1000
    cool_down: int = 200
    wide: bool = False
    seed: int = 7
    vocabulary: int = 0
    rich: bool = False
    common: bool = False
    written: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a starter's weights, besides the code; `version` changes with the corpus.

    Difficulty grows over `pace` steps of the first round and is full in the later ones.
    """

    name: str
    corpus: str
    version: int = 1
    seed: int = 7
    vocabulary: int = 4096
    hidden: int = 256
    layers: int = 4
    feed_forward: int = 768
    heads: int = 4
    key_value_heads: int = 2
    head_size: int = 64
    rounds: tuple[Round, ...] = (Round(),)
    pace: int = 1700
    tokens_per_batch: int = 4096
    batches_per_step: int = 2
    rate: float = 3e-3
    warm_up: int = 60

    @property
    def steps(self) -> int:
        return sum(each.steps for each in self.rounds)
