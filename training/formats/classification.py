"""Classification: a text, its label, and scores such as its educational value; answered as JSON in a fixed order."""

from __future__ import annotations

from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.canonical import Canonical
from training.formats.fields import Record, first_text, json_text, kind, mapping, present, read_json
from training.formats.turns import assistant, one_exchange, user

NAME = "classification"
TITLE = "Classification"
TASK = "classification"
TEXTS, LABELS = ("text", "content"), ("label", "classification")
SCORES = ("educational_value", "engagement")
OWN = (*TEXTS, *LABELS, "scores")


def recognises(record: Record) -> bool:
    return any(key in record for key in TEXTS) and any(key in record for key in LABELS)


def read(record: Record) -> list[Canonical]:
    """One row: the text asks, {"label", then the scores by name} answers.

    Scores are the object `scores` and the columns `educational_value`, `engagement` and those that end in `_score`.
    Raises `UnreadableRow` for a missing text or label and for a score that is no number.
    """
    asked, label = first_text(record, *TEXTS), first_text(record, *LABELS)
    inner = mapping(record["scores"], "scores") if present(record, "scores") else {}
    beside = {key: value for key, value in record.items() if is_score(key) and value is not None}
    scores = {key: number(value, key) for key, value in (dict(inner) | beside).items()}
    if "label" in scores:
        raise UnreadableRow("A score cannot be called 'label'. Rename it.", "scores")
    own = (*OWN, *(key for key in record if is_score(key)))
    return [about.canonical(record, own, [user(asked), assistant(answer(label, scores))], task=TASK)]


def is_score(key: str) -> bool:
    return key in SCORES or key.endswith("_score")


def number(value: Any, place: str) -> int | float:
    """A score, which tables give as text; raises `UnreadableRow` when it is no number."""
    found = read_json(value, place) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise UnreadableRow(f"The score '{place}' is {kind(found)}. Write a number such as 0.85.", place)
    return found


def answer(label: str, scores: dict[str, int | float]) -> str:
    return json_text({"label": label, **{name: scores[name] for name in sorted(scores)}})


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row, its scores in one object; raises `UnreadableRow` where the answer is none."""
    asked, said = one_exchange(row, TITLE)
    label, scores = parted(said)
    return {
        "text": asked,
        "label": label,
        **({"scores": scores} if scores else {}),
        **{key: value for key, value in about.columns(row, OWN, task=TASK).items() if not is_score(key)},
    }


def parted(said: str) -> tuple[str, dict[str, int | float]]:
    """The label and the scores of an answer; raises `UnreadableRow` for one that `answer` would write otherwise."""
    found = read_json(said, "messages")
    if isinstance(found, dict) and isinstance(label := found.pop("label", None), str):
        scores = {key: number(value, key) for key, value in found.items()}
        if answer(label, scores) == said:
            return label, scores
    raise UnreadableRow(
        'The answer is no label with its scores. Write {"label": "...", then the scores by name}.', "messages"
    )
