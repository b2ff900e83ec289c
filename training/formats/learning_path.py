"""Learning paths: a goal and the level to start from, answered by steps in order."""

from __future__ import annotations

import re
from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.canonical import Canonical
from training.formats.fields import Record, entries, first_text, present, text
from training.formats.turns import assistant, one_exchange, user
from training.marked_text import THAI

NAME = "learning_path"
TITLE = "Learning path"
TASK = "learning_path"
LEVELS, STEPS = ("level", "current_level"), ("steps", "path")
OWN = ("goal", *LEVELS, *STEPS)
LABELS = {"en": ("Goal", "Level"), "th": ("เป้าหมาย", "ระดับ")}


def recognises(record: Record) -> bool:
    return "goal" in record and any(key in record for key in STEPS)


def read(record: Record) -> list[Canonical]:
    """One row: goal and level ask, the numbered steps answer; raises `UnreadableRow` for what is missing."""
    goal, level = text(record, "goal"), first_text(record, *LEVELS)
    steps = read_steps(record)
    language = record.get("language") or ("th" if THAI.search(goal) else "en")
    asked = request(goal, level, "th" if language == "th" else "en")
    if parted(asked) != (goal, level):
        raise UnreadableRow("The level starts a line with 'Level:' or 'ระดับ:'. Write it in other words.", "level")
    return [about.canonical(record, OWN, [user(asked), assistant(numbered(steps))], task=TASK)]


def read_steps(record: Record) -> list[str]:
    key = next((key for key in STEPS if present(record, key)), STEPS[0])
    steps = entries(record.get(key), key)
    if not steps or not all(isinstance(step, str) for step in steps):
        raise UnreadableRow(f"The field '{key}' is no list of texts. Write the steps in order.", key)
    if unnumbered(numbered(steps)) != steps:
        raise UnreadableRow(f"A step in '{key}' starts a line with the number of the next one. Reword it.", key)
    return steps


def request(goal: str, level: str, language: str) -> str:
    first, second = LABELS[language]
    return f"{first}: {goal}\n{second}: {level}"


def parted(asked: str) -> tuple[str, str] | None:
    """The goal and the level of a request in either language."""
    for first, second in LABELS.values():
        found = re.fullmatch(rf"{first}: (.*)\n{second}: (.*)", asked, re.DOTALL)
        if found:
            return found[1], found[2]
    return None


def numbered(steps: list[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))


def unnumbered(said: str) -> list[str]:
    """The steps of an answer, none where it is no numbered list."""
    if not said.startswith("1. "):
        return []
    steps, rest, number = [], said.removeprefix("1. "), 2
    while f"\n{number}. " in rest:
        step, rest = rest.split(f"\n{number}. ", 1)
        steps.append(step)
        number += 1
    return [*steps, rest]


def write(row: Canonical) -> dict[str, Any]:
    """The record of a row; raises `UnreadableRow` where it asks or answers in other words."""
    asked, said = one_exchange(row, TITLE)
    found, steps = parted(asked), unnumbered(said)
    if found is None or not steps:
        raise UnreadableRow(
            "The row is no goal with numbered steps. Write 'Goal:', 'Level:', then '1. ...'.", "messages"
        )
    return {"goal": found[0], "level": found[1], "steps": steps, **about.columns(row, OWN, task=TASK)}
