"""Rows that a model suggests: it is asked about one source row after another, and its answers are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from brands.retrieval import context_for
from training.augmenting.endpoint import Endpoint, ask, configured
from training.augmenting.held_out import HeldOut
from training.augmenting.marks import calls
from training.augmenting.outcomes import LeftOut, Row
from training.augmenting.suggestions import ROWS_AN_ANSWER, question, suggested
from training.errors import AugmentationRefused
from training.models import Example

ROUNDS = 3  # times a model is asked about each row


def endpoint() -> Endpoint:
    """The model that is asked. Raises AugmentationRefused, saying how to configure one, when there is none."""
    return configured(settings.AUGMENT_URL, settings.AUGMENT_MODEL, settings.AUGMENT_KEY)


def model_rows(
    sources: Sequence[Example], row_of: Callable[[Example], Row], held_out: HeldOut, folder: Path, seed: int
) -> Iterator[tuple[Example, Row | LeftOut]]:
    """What the model suggests for one source after another; one that fails after its first answer ends it.

    Raises AugmentationRefused where it fails at once.
    """
    answers = Answers(folder, endpoint())
    for number, source in enumerate([*sources] * ROUNDS):
        row = row_of(source)
        card = context_for(source.brand, source.language or "en") if source.brand and not source.context else ""
        asked = question(row, source.context or card, ROWS_AN_ANSWER)
        try:
            answer = answers.of(number, source, asked, seed + number)
        except AugmentationRefused as problem:
            if not number:
                raise
            yield source, LeftOut("endpoint_failed", str(problem))
            return
        if isinstance(answer, LeftOut):
            yield source, answer
            continue
        name = source.brand.name if source.brand and not calls(row) else ""
        for made in suggested(answer, row, name, held_out):
            yield source, made


class Answers:
    """A model's answers, kept in a file: what a dry run has shown is what is kept, and nothing is asked twice."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self.path, self.endpoint = folder / "answers.jsonl", endpoint
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        self.kept = [json.loads(line) for line in lines if line.endswith("}")]
        self.is_whole = len(self.kept) == len(lines)  # a worker may have died while it wrote the last line

    def of(self, number: int, source: Example, messages: Sequence[dict[str, Any]], seed: int) -> str | LeftOut:
        """The answer kept under that number for that source, else a new one."""
        if number < len(self.kept) and self.kept[number]["source"] == source.pk:
            told = self.kept[number]
            return LeftOut("refused", told["refused"]) if told["refused"] else str(told["text"])
        answer = ask(self.endpoint, messages, seed)
        refused = answer.reason if isinstance(answer, LeftOut) else ""
        self.add(number, {"source": source.pk, "text": "" if refused else answer, "refused": refused})
        return answer

    def add(self, number: int, told: dict[str, Any]) -> None:
        appended = self.is_whole and number == len(self.kept)
        self.kept[number:], self.is_whole = [told], True
        with self.path.open("a" if appended else "w", encoding="utf-8") as file:
            for each in [told] if appended else self.kept:
                print(json.dumps(each), file=file)
