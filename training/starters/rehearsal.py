"""Conversations a starter has been pretrained on, mixed into its fine-tuning so that it keeps what it can.

A model tuned on one set of tools forgets how to read requests worded otherwise (A. Robins, "Catastrophic forgetting,
rehearsal and pseudorehearsal", Connection Science 7, 1995). The conversations are generated anew from their seed.
"""

from __future__ import annotations

from random import Random
from typing import Any

from training.starters import calls_corpus, written_corpus
from training.starters.calls_corpus import Conversation
from training.starters.words import EVERYDAY, THAI, wider
from training.starters.written_corpus import taught_domains

MOST_TOOLS = 4
MOST_TURNS = 4
WRITTEN = 0.6  # share of the conversations with requests that people worded


def rehearsed(count: int, seed: int) -> tuple[dict[str, Any], ...]:
    """`count` training rows that ask for tools nobody has."""
    random = wider(seed, EVERYDAY, THAI, rich=True)
    made = (conversation(random) for _ in range(count))
    return tuple({"messages": each.messages, "tools": each.tools, "context": "", "group": ""} for each in made)


def conversation(random: Random) -> Conversation:
    if random.random() < WRITTEN:
        return written_corpus.conversation(random, taught_domains(), most_tools=MOST_TOOLS, most_turns=MOST_TURNS)
    return calls_corpus.conversation(random, most_tools=MOST_TOOLS, most_turns=MOST_TURNS)
