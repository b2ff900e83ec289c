"""Sample answers of a run as its page shows them: what was wanted, what was said, and how that changed."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from brands.admin.pieces import badge
from training.diffs import Part, diff
from training.models import SampleAnswer, TrainingRun

MOST_TEXT = 1000
MOST_STEPS, MOST_QUESTIONS = 12, 6


@dataclass(frozen=True)
class Said:
    """An answer beside what was wanted: `parts` of it that are missing, or that nobody asked for."""

    step: int
    right: bool
    badge: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Question:
    prompt: str
    wanted: str
    latest: Said
    earlier: tuple[Said, ...]


@dataclass(frozen=True)
class Answers:
    """The answers of the latest stage that gave any, the newest first."""

    stage: str
    step: int
    questions: tuple[Question, ...]

    @property
    def sentence(self) -> str:
        right = sum(question.latest.right for question in self.questions)
        texts = {"step": self.step, "right": right, "all": len(self.questions)}
        return _("At step %(step)s %(right)s of %(all)s were right.") % texts

    @property
    def has_differences(self) -> bool:
        return any(not question.latest.right for question in self.questions)


def answers(run: TrainingRun) -> Answers | None:
    """None where no stage has answered yet."""
    found = SampleAnswer.objects.filter(stage__run=run)
    last = found.select_related("stage").order_by("-stage__number", "-step").first()
    if last is None:
        return None
    steps = sorted(set(found.filter(stage=last.stage).values_list("step", flat=True)))[-MOST_STEPS:]
    by_question: dict[int, list[SampleAnswer]] = {}
    for row in found.filter(stage=last.stage, step__in=steps, number__lt=MOST_QUESTIONS).order_by("number", "-step"):
        by_question.setdefault(row.number, []).append(row)
    return Answers(str(last.stage), last.step, tuple(question(rows) for rows in by_question.values()))


def question(rows: list[SampleAnswer]) -> Question:
    latest, *earlier = rows
    return Question(cut(latest.prompt), cut(latest.wanted), said(latest), tuple(said(row) for row in earlier))


def said(row: SampleAnswer) -> Said:
    wanted, answer = cut(row.wanted), cut(row.answer)
    word = _("right") if row.right else _("wrong")
    parts = [Part("same", answer)] if row.right else diff(wanted, answer)
    return Said(row.step, row.right, badge("passed" if row.right else "failed", word), tuple(parts))


def cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} …"
