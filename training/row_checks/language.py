"""Whether the assistant writes the language that the row declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from brands.cards import read_card
from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import text_or_empty, turns
from training.scoring.fidelity import in_language, normal

WRONG = Kind(
    "wrong_language",
    "warning",
    "Not in the declared language",
    "The row is declared as '{language}', and the assistant writes mostly in another script.",
    "Correct the row's language, or write the answer in it.",
)
UNKNOWN = Kind(
    "unknown_language",
    "notice",
    "Language not checked",
    "The language '{language}' is not checked.",
    "Use th or en where the row is in one of them.",
)
KINDS = (WRONG, UNKNOWN)
LANGUAGES = ("th", "en")
# Code, addresses and names after @ have no language.
APART = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]+|@\w+", re.DOTALL)
FEWEST = 4  # letters from which a text can be told to be in a language


def is_data(text: str) -> bool:
    """Whether a text is JSON, whose keys are in the language of programs."""
    text = text.strip()
    return text[:1] in ("{", "[") and text[-1:] in ("}", "]")


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    language = text_or_empty(row.get("language"))
    if language not in LANGUAGES:
        yield from [UNKNOWN.at("language", language=language)] if language else []
        return
    facts = [fact for texts in read_card(text_or_empty(row.get("context"))).values() for fact in texts]
    for turn in turns(row):
        prose = normal(APART.sub(" ", turn.content)) if turn.role == "assistant" and not is_data(turn.content) else ""
        if sum(map(str.isalpha, prose)) >= FEWEST and not in_language(prose, filter(str.strip, facts), language):
            yield WRONG.at(f"{turn.where}.content", language=language)
