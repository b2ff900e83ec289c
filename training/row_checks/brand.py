"""Words that the row's brand never says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import nodes, turns
from training.scoring.fidelity import normal, occurring

BANNED = Kind(
    "banned_word",
    "error",
    "Banned word",
    "The assistant says '{word}', which the brand never says.",
    "Say it in other words.",
)
KINDS = (BANNED,)


def check(row: Mapping[str, Any], surroundings: Surroundings) -> Iterator[Finding]:
    """One finding for each text of the assistant, arguments included, and each word in it."""
    words = [word for word in surroundings.banned_words if word.strip()]
    for turn in turns(row) if words else ():
        if turn.role != "assistant":
            continue
        said = [(f"{turn.where}.content", turn.content)]
        said += [
            (where, value)
            for call in turn.calls
            for where, value, _ in nodes(call.arguments, f"{call.where}.arguments")
            if isinstance(value, str)
        ]
        for where, text in said:
            yield from [BANNED.at(where, word=word) for word in occurring(words, normal(text))]
