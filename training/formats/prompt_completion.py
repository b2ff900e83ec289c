"""Prompt and completion: one text and the text that follows it."""

from __future__ import annotations

from typing import Any

from training.formats import about
from training.formats.canonical import Canonical
from training.formats.fields import Record, text
from training.formats.turns import assistant, one_exchange, user

NAME = "prompt_completion"
TITLE = "Prompt and completion"
OWN = ("prompt", "completion")


def recognises(record: Record) -> bool:
    return all(key in record for key in OWN)


def read(record: Record) -> list[Canonical]:
    """One row; raises `UnreadableRow` where one of the two texts is missing."""
    return [about.canonical(record, OWN, [user(text(record, "prompt")), assistant(text(record, "completion"))])]


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row; raises `UnreadableRow` for one that is more than a request and its answer."""
    asked, answer = one_exchange(row, TITLE)
    return {"prompt": asked, "completion": answer, **about.columns(row, OWN)}
