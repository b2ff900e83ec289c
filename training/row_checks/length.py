"""Whether the row fits the model: one that does not is refused in training, since a cut answer teaches to stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from background.errors import ProblemError
from training.row_checks.findings import Finding, Kind, Surroundings

TOO_LONG = Kind(
    "too_long",
    "error",
    "Too long",
    "The row has {tokens} tokens; {longest} fit.",
    "Shorten the row, or plan with a longer sequence.",
)
UNCOUNTED = Kind(
    "uncounted",
    "error",
    "Cannot be written for the model",
    "The row cannot be counted in tokens: {problem}",
    "Correct what the sentence names.",
)
KINDS = (TOO_LONG, UNCOUNTED)


def check(row: Mapping[str, Any], surroundings: Surroundings) -> Iterator[Finding]:
    """For rows without other errors only; the others cannot be rendered."""
    if surroundings.count_tokens is None:
        return
    try:
        tokens = surroundings.count_tokens(row)
    except ProblemError as error:
        yield UNCOUNTED.at("messages", problem=error)
        return
    if tokens > surroundings.longest:
        yield TOO_LONG.at("messages", tokens=tokens, longest=surroundings.longest)
