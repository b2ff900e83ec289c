"""Tutoring: a learner's question, perhaps the context it is asked in, and the tutor's answer."""

from __future__ import annotations

from typing import Any

from training.formats import about
from training.formats.canonical import Canonical
from training.formats.fields import Record, present, text
from training.formats.turns import assistant, one_exchange, user

NAME = "tutoring"
TITLE = "Tutoring"
TASK = "tutoring"
OWN = ("question", "answer")


def recognises(record: Record) -> bool:
    return all(key in record for key in OWN)


def read(record: Record) -> list[Canonical]:
    """One row, its context in `details["context"]`; raises `UnreadableRow` where a text is missing or is none."""
    if present(record, "context"):
        text(record, "context")
    messages = [user(text(record, "question")), assistant(text(record, "answer"))]
    return [about.canonical(record, OWN, messages, task=TASK)]


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row; raises `UnreadableRow` for one that is more than a question and its answer."""
    asked, answer = one_exchange(row, TITLE)
    return {"question": asked, "answer": answer, **about.columns(row, OWN, task=TASK)}
