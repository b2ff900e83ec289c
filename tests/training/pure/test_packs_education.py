from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest

from tests.training.pure.conftest import PACKS
from training.formats.classification import parted
from training.formats.learning_path import unnumbered
from training.leakage import leaks
from training.marked_text import folded
from training.packs import Pack, PackRow, read_pack
from training.row_checks import Surroundings, check_row
from training.scoring import fidelity

LABELS = {"educational", "entertainment", "promotional", "misleading"}


@pytest.fixture(scope="module")
def education() -> Pack:
    return read_pack(PACKS / "education")


def of(pack: Pack, task: str, split: str) -> list[PackRow]:
    return [row for row in pack.rows if (row.task, row.split) == (task, split)]


def records(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((PACKS / "education" / name).read_text("utf-8"))
    return found


def test_how_many_rows_there_are(education: Pack) -> None:
    assert Counter((row.task, row.split, row.language) for row in education.rows) == {
        ("tutoring", "train", "en"): 22,
        ("tutoring", "train", "th"): 21,
        ("classification", "train", "en"): 22,
        ("classification", "train", "th"): 22,
        ("learning_path", "train", "en"): 13,
        ("learning_path", "train", "th"): 13,
        ("hint", "train", "en"): 16,
        ("hint", "train", "th"): 16,
        ("tutoring", "held_out", "en"): 5,
        ("tutoring", "held_out", "th"): 5,
        ("classification", "held_out", "en"): 6,
        ("classification", "held_out", "th"): 6,
        ("learning_path", "held_out", "en"): 4,
        ("learning_path", "held_out", "th"): 4,
        ("hint", "held_out", "en"): 5,
        ("hint", "held_out", "th"): 5,
    }


def test_no_row_has_a_finding(education: Pack) -> None:
    for row in education.rows:
        codes = [finding.code for finding in check_row(asdict(row), Surroundings())]
        assert codes == [], (row.source, codes)


def test_nothing_held_out_is_trained_on(education: Pack) -> None:
    train = [asdict(row) for row in education.rows if row.split == "train"]
    held_out = [asdict(row) for row in education.rows if row.split == "held_out"]
    assert leaks(train, held_out) == []
    assert {row["kind"] for row in held_out} == {"unseen_topic"}


def test_tutoring_and_hints_have_their_context_and_held_out_rows_end_before_the_answer(education: Pack) -> None:
    for row in education.rows:
        assert bool(row.context) == (row.task in {"tutoring", "hint"})
        assert [message["role"] for message in row.messages] == ["user", "assistant"][: 1 + (row.split == "train")]
        assert bool(row.expected) == (row.split == "held_out")


@pytest.mark.parametrize("name", ["tutoring", "hint"])
def test_the_written_answer_is_right_and_an_empty_one_is_not(education: Pack, name: str) -> None:
    answer = {"tutoring": "answer", "hint": "hint"}[name]
    for row, record in zip(of(education, name, "held_out"), records(f"{name}_held_out.json"), strict=True):
        score = fidelity.score(record[answer], row.expected, row.language)
        assert score.complete
        assert score.language_match
        if row.expected.get("required") or row.expected.get("any"):
            assert not fidelity.score("", row.expected, row.language).complete


def test_a_hint_that_gives_the_answer_away_is_wrong(education: Pack) -> None:
    for row in of(education, "hint", "held_out"):
        for answer in row.expected["banned"]:
            assert fidelity.score(f"It is {answer}.", row.expected, row.language).fidelity == 0


def test_labels_and_scores_are_in_their_ranges(education: Pack) -> None:
    count: Counter[str] = Counter()
    for row in of(education, "classification", "train"):
        label, scores = parted(row.messages[1]["content"])
        count[label] += 1
        assert scores.keys() == {"educational_value", "engagement"}
        assert all(0 <= score <= 1 for score in scores.values())
        assert (scores["educational_value"] > 0.5) == (label == "educational")
    assert count.keys() == LABELS
    assert min(count.values()) >= 10


def test_the_right_label_is_complete_and_another_is_not(education: Pack) -> None:
    for row in of(education, "classification", "held_out"):
        right = row.expected["label"]
        for label in LABELS:
            said = json.dumps({"label": label, **row.expected["scores"]})
            assert fidelity.score(said, row.expected, "en").complete == (label == right)


def test_paths_have_steps_enough(education: Pack) -> None:
    for row in of(education, "learning_path", "train"):
        steps = unnumbered(row.messages[1]["content"])
        assert 5 <= len(steps) <= 7
        assert len(set(map(folded, steps))) == len(steps)
    assert all(row.expected["steps_at_least"] == 4 for row in of(education, "learning_path", "held_out"))
