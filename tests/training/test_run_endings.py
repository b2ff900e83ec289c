"""How a stage ends: after a number of steps, when validation gets no better, or where its numbers stop being numbers;
and what it leaves to be read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from training.errors import ImpossiblePlan, TrainingDiverged
from training.ml.callbacks import exhausted
from training.planning import Plan, training_spec
from training.specs import LORA_MODULES, BaseSpec, LoraSpec, TrainingResult, TrainingSpec

pytest.importorskip("peft", reason="needs requirements/worker.txt")


class PowerCut(Exception):
    """What a test raises to end a run."""


@pytest.fixture
def spec(starters, tmp_path) -> TrainingSpec:
    """With everything random that there is: dropout, shuffled rows, and validation in between."""
    rows = tiny.play_rows(20)
    return tiny.training(
        tiny.base(starters), tmp_path / "stage-1", rows=rows, validation=rows[:3], lora=LoraSpec(dropout=0.2), samples=2
    )


def train(spec: TrainingSpec, report: tiny.Report = tiny.ignore) -> TrainingResult:
    from training.ml.trainer import train

    return train(spec, report)


def weights(folder: str | Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(Path(folder) / "adapter_model.safetensors")


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    import torch

    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def cut_at(step: int) -> tiny.Report:
    def report(event: dict[str, Any]) -> None:
        if event["step"] >= step and "loss" in event:
            raise PowerCut

    return report


def whole(spec: TrainingSpec, tmp_path: Path) -> TrainingResult:
    return train(replace(spec, directory=str(tmp_path / "uninterrupted")))


def test_samples_dropout_and_validation_leave_a_resumed_run_bitwise_what_it_would_have_been(spec, tmp_path):
    with pytest.raises(PowerCut):
        train(spec, cut_at(13))
    resumed, uninterrupted = train(spec), whole(spec, tmp_path)
    assert (resumed.resumed_from, uninterrupted.resumed_from) == (10, 0)
    assert same(weights(resumed.adapter), weights(uninterrupted.adapter))
    assert resumed.training_loss == pytest.approx(uninterrupted.training_loss)


def test_samples_change_nothing_of_what_is_learned(spec, tmp_path):
    unread = train(replace(spec, samples=0, directory=str(tmp_path / "unread")))
    assert same(weights(train(spec).adapter), weights(unread.adapter))


def test_samples_are_answers_to_validation_rows_and_turn_right(spec):
    events: list[dict[str, Any]] = []
    rows = tiny.play_rows(2)
    train(replace(spec, rows=rows, validation=rows, lora=LoraSpec(), epochs=60, checkpoint_every=20), events.append)
    told = [event for event in events if "samples" in event]
    assert [event["step"] for event in told] == [20, 40, 60]
    assert all(set(sample) == {"prompt", "wanted", "answer", "right"} for event in told for sample in event["samples"])
    last = told[-1]["samples"]
    assert [sample["prompt"] for sample in last] == ["Play Halo at volume 0", "Play Yellow at volume 1"]
    assert last[0]["wanted"].startswith("<start_function_call>call:play{")
    assert all(sample["right"] == (sample["answer"] == sample["wanted"]) for sample in last)
    assert any(sample["right"] for sample in last), last


def test_a_fixed_number_of_steps_wins_over_epochs_and_is_not_overrun_by_resuming(spec, tmp_path, monkeypatch):
    """Twelve steps are two epochs and two fifths; the power fails while the weights are being merged."""
    fixed = replace(spec, steps=12)

    def cut(*given: Any) -> Path:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr("training.ml.trainer.save_merged", cut)
        with pytest.raises(PowerCut):
            train(fixed)
    events: list[dict[str, Any]] = []
    resumed = train(fixed, events.append)
    assert (resumed.steps, resumed.resumed_from, events) == (12, 12, [])
    uninterrupted = whole(fixed, tmp_path)
    assert uninterrupted.steps == 12
    assert not uninterrupted.stopped_early
    assert same(weights(resumed.adapter), weights(uninterrupted.adapter))


def test_patience_ends_a_stage_that_gets_no_better_also_after_a_crash(spec, tmp_path):
    idle = replace(spec, learning_rate=0.0, patience=2, keep_best=True)
    with pytest.raises(PowerCut):
        train(idle, cut_at(12))
    for result in (train(idle), whole(idle, tmp_path)):
        assert (result.steps, result.best_step, result.stopped_early) == (15, 5, True)


@pytest.mark.parametrize(
    ("losses", "patience", "over"),
    [([3, 2, 1], 2, False), ([1, 2], 2, False), ([1, 2, 3], 2, True), ([1, 1, 1], 2, True), ([1, 2, 3], 0, False)],
)
def test_patience_counts_evaluations_since_the_lowest(losses, patience, over):
    history = [entry for loss in losses for entry in ({"loss": 9.0}, {"eval_loss": loss})]
    assert exhausted(history, patience) is over


def test_the_weights_of_the_lowest_validation_loss_are_what_is_kept(spec):
    """Validation rows that contradict the training rows: the longer it learns, the worse it gets at them."""
    contrary = tuple(tiny.asked(f"Play {song} at volume 3", "stop", tiny.STOP, room="studio") for song in tiny.SONGS)
    bent = replace(spec, validation=contrary, keep_best=True, samples=0, lora=LoraSpec(dropout=0.0))
    losses: dict[int, float] = {}
    kept: dict[int, dict[str, Any]] = {}

    def report(event: dict[str, Any]) -> None:
        if "validation_loss" in event:
            losses[event["step"]] = event["validation_loss"]
        for folder in Path(bent.directory, "checkpoints").glob("checkpoint-*"):
            if (folder / "manifest.json").exists():
                kept[int(folder.name.split("-")[1])] = weights(folder)

    result = train(bent, report)
    assert result.best_step == min(losses, key=lambda step: losses[step]) < 20, losses
    assert result.validation_loss == losses[result.best_step]
    assert (result.steps, result.stopped_early) == (20, False)
    assert same(weights(result.adapter), kept[result.best_step])


def test_a_checkpoint_of_broken_numbers_is_never_gone_on_from(spec):
    from training.ml.checkpoints import newest_whole

    with pytest.raises(TrainingDiverged, match="weights are no numbers any more at step 5. Lower the learning rate"):
        train(replace(spec, learning_rate=1e30, warm_up_share=0.0, log_every=100, validation=()))
    assert newest_whole(Path(spec.directory) / "checkpoints") is None


def test_the_output_head_is_not_adapted(spec):
    with pytest.raises(ImpossiblePlan, match="'lm_head' is not adapted"):
        train(replace(spec, lora=LoraSpec(modules=(*LORA_MODULES, "lm_head"))))


def test_the_run_directory_tells_how_without_telling_what(spec):
    told = replace(spec, provenance={"dataset": "f00", "code": "ba5e"})
    with pytest.raises(PowerCut):
        train(told, cut_at(13))
    train(told)
    folder = Path(told.directory)
    config = json.loads((folder / "config.json").read_text())
    assert config["provenance"] == {"dataset": "f00", "code": "ba5e"}
    assert (config["seed"], config["rows"]["count"], config["lora"]["dropout"]) == (7, 20, 0.2)
    assert len(config["rows"]["sha256"]) == 64
    assert "Yellow" not in (folder / "config.json").read_text()
    events = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [event["step"] for event in events if "loss" in event] == list(range(1, 21)), "11 and 12 came twice"
    log = (folder / "train.log").read_text()
    assert all(part in log for part in ("Learning from 20 rows.", "Going on after step 10.", "Step 20 of 20: loss"))
    curves = list((folder / "tensorboard").glob("events.out.tfevents.*"))
    assert len(curves) == 2
    assert all(b"tokens_per_second" in curve.read_bytes() for curve in curves)


def test_a_plan_says_how_many_steps_and_how_much_patience():
    rows = tuple(row | {"split": "train", "group": str(i), "language": "en"} for i, row in enumerate(tiny.play_rows(8)))
    plan = Plan(steps=40, patience=3)
    spec = training_spec(plan, base=BaseSpec("here"), rows=rows, directory="there", provenance={"dataset": "f00"})
    assert (spec.steps, spec.patience, spec.keep_best, spec.samples) == (40, 3, True, 2)
    assert spec.provenance == {"dataset": "f00"}
    assert not training_spec(Plan(), base=BaseSpec("here"), rows=rows, directory="there").keep_best
