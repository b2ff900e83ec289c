"""Preflight in a run: verdicts kept on it, failed checks that stop it, warnings that a person may let pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from background.models import JobState
from tests import commands, factories
from tests.fakes import FakeAnswerer, FakeTrainer
from tests.training.conftest import make_music, worked
from training.errors import OverrideRefused
from training.ml.preflight import examine
from training.models import BaseModel, Example, TrainingRun
from training.preflight import PreflightSpec
from training.services.preflight import let_start

CURRICULUM = {"stages": [["play"], ["play", "stop"]], "gates": [0.9]}
PASSED = {"check": "length", "title": "Length", "verdict": "passed", "evidence": "All fit.", "cure": ""}
WARNED = {
    "check": "examples",
    "title": "Examples",
    "verdict": "warning",
    "evidence": "'play' has 12.",
    "cure": "Write more.",
}
FAILED = {"check": "disk", "title": "Disk", "verdict": "failed", "evidence": "Full.", "cure": "Make room."}


class FakeExaminer:
    """Finds what it was told, and remembers what it was asked."""

    def __init__(self, *found: dict[str, str]) -> None:
        self.found, self.asked = list(found), []

    def __call__(self, asked: PreflightSpec, say: Callable[[str], None]) -> list[dict[str, Any]]:
        self.asked.append(asked)
        say("row 1 of 2")
        return self.found


def test_a_clean_run_goes_on_and_keeps_what_was_found(launched):
    run, examiner = launched(**CURRICULUM | {"gates": []}), FakeExaminer(PASSED)
    assert worked(run, FakeTrainer(), examine=examiner).state == JobState.COMPLETED
    assert run.preflight == [PASSED]
    (asked,) = examiner.asked
    assert asked.examples == ({"play": 12}, {"play": 12, "stop": 12})
    assert len(asked.rows) == len(asked.training.rows) + len(asked.training.validation) == 24
    assert len(asked.held_out) == 8
    assert {tool["function"]["name"] for row in asked.rows for tool in row["tools"]} == {"play", "stop"}


def test_a_failed_check_stops_the_run_before_anything_is_trained(launched):
    run, trainer = launched(), FakeTrainer()
    assert worked(run, trainer, examine=FakeExaminer(PASSED, WARNED, FAILED)).state == JobState.FAILED
    assert run.reason == "Preflight failed. Disk: Full. Make room."
    assert (trainer.specs, [stage.state for stage in run.stages.all()]) == ([], ["waiting"])
    with pytest.raises(OverrideRefused, match="cannot be let pass"):
        let_start(run=run, user=factories.user(), reason="It will do.")


def test_a_failed_check_stops_even_a_run_launched_with_a_reason(launched):
    run = launched()
    TrainingRun.objects.filter(pk=run.pk).update(override_reason="Whatever happens.")
    assert worked(run, FakeTrainer(), examine=FakeExaminer(FAILED)).state == JobState.FAILED


def test_warnings_wait_for_a_reason_which_is_kept(launched):
    run, curator, examiner = launched(), factories.user(), FakeExaminer(PASSED, WARNED)
    assert worked(run, FakeTrainer(), examine=examiner).state == JobState.FAILED
    assert run.reason.startswith("Preflight has 1 warning. Examples: 'play' has 12. Write more. To go on as it is,")
    assert 'manage.py train … --override "…"' in run.reason
    with pytest.raises(OverrideRefused, match="Say why"):
        let_start(run=run, user=curator, reason=" ")
    let_start(run=run, user=curator, reason=" Twelve are enough here. ")
    run.refresh_from_db()
    assert (run.state, run.override_reason, run.overridden_by) == (JobState.QUEUED, "Twelve are enough here.", curator)
    assert worked(run, FakeTrainer(), examine=examiner).state == JobState.COMPLETED
    assert len(examiner.asked) == 1, "what was let pass is not looked for again"
    assert run.preflight == [PASSED, WARNED | {"let_pass": True}]
    with pytest.raises(OverrideRefused, match="not held back"):
        let_start(run=run, user=curator, reason="Once more.")


def test_a_reason_to_start_opens_no_gate(launched):
    run = launched(**CURRICULUM)
    wrong = FakeAnswerer(lambda arm, row: "")
    worked(run, FakeTrainer(), wrong, FakeExaminer(WARNED))
    let_start(run=run, user=factories.user(), reason="Twelve are enough.")
    assert worked(run, FakeTrainer(), wrong).state == JobState.FAILED
    assert run.reason.startswith("Stage 1 did not pass its gate.")


def test_what_failed_is_looked_at_again_when_the_run_is_queued_again(launched):
    run = launched()
    worked(run, FakeTrainer(), examine=FakeExaminer(FAILED))
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.QUEUED)
    assert worked(run, FakeTrainer(), examine=FakeExaminer(PASSED)).state == JobState.COMPLETED
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.QUEUED)
    untouched = FakeExaminer(FAILED)
    assert worked(run, FakeTrainer(), examine=untouched).state == JobState.COMPLETED
    assert untouched.asked == [], "and what passed is not"


def test_the_checks_see_a_real_base_and_real_rows(launched, starters):
    """From the frozen rows to the verdicts: too few examples, and songs that are asked for again."""
    run = launched()
    worked(run, FakeTrainer(), examine=examine)
    found = {check["check"]: check["verdict"] for check in run.preflight}
    assert (found.pop("examples"), found.pop("leak")) == ("warning", "warning")
    assert set(found.values()) == {"passed"}
    assert run.reason.startswith("Preflight has 2 warnings. Examples for each tool: Fewer than 20 examples:")
    assert run.reason.count(".") < 12


@pytest.fixture
def frozen_music(transactional_db: None, starters: Any) -> BaseModel:
    """A dataset to be frozen by the command, and the tiny base in the place of the one that ships."""
    make_music(factories.team(slug="ours"))
    return BaseModel.objects.get(slug="starter-executor")


PREFLIGHT = ("preflight", "--dataset", "music", "--base", "starter-executor")


def test_the_command_shows_evidence_and_cure_and_launches_nothing(frozen_music, capsys):
    commands.run(*PREFLIGHT)
    shown = capsys.readouterr().out
    assert "WARNING  Examples for each tool" in shown
    assert "→ Write more, or augment the dataset" in shown
    assert "⟦<start_function_call>call:" in shown
    assert not TrainingRun.objects.exists()


def test_the_command_ends_with_1_when_a_check_failed(frozen_music, capsys):
    row = Example.objects.filter(split="train").first()
    row.messages[1]["tool_calls"][0]["function"]["arguments"] = '{"song": "Halo"}'
    row.save()
    with pytest.raises(SystemExit) as ended:
        commands.run(*PREFLIGHT, "--json")
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert (ended.value.code, report["verdict"]) == (1, "failed")
    assert {check["check"]: check["verdict"] for check in report["checks"]}["arguments_as_objects"] == "failed"
    assert printed.err.strip().endswith("failed: a run would not start.")
