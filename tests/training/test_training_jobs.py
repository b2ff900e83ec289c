"""The thread from rows to content through a real queue and real workers, one of them killed in the middle."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone

from background.models import JobState
from background.reconcile import reconcile
from generation.services import ask_for_calls
from tests import factories, workers
from tests.training.conftest import make_music
from training.ml.checkpoints import hashes
from training.models import BaseModel, Measurement, ModelVersion, TrainingRun
from training.planning import Plan
from training.services.datasets import freeze
from training.services.evaluations import default_arms, launch_evaluation
from training.services.registry import promote
from training.services.runs import launch_run

TEACHING = {"batch": 4, "learning_rate": 1e-2, "lora_dropout": 0.0, "checkpoint_every": 5}


@pytest.fixture
def launched(transactional_db, embedded_queue, tiny_starters):
    """`launched(stages=…, epochs=…)`: a run on the tiny starter that waits in the queue."""
    version = freeze(dataset=make_music(factories.team(slug="ours")))
    base = BaseModel.objects.get(slug="starter-executor")
    base.source = str(tiny_starters / "starter-executor")
    base.save()

    def launch(**choices) -> TrainingRun:
        plan = Plan(**{**TEACHING, **choices})
        few = "Twelve examples of a tool are enough for a test."
        return launch_run(dataset_version=version, base=base, slot="executor", plan=plan, override=few)

    return launch


def test_from_rows_to_calls_through_the_queue(launched):
    run = launched(stages=[["play"], ["play", "stop"]], epochs=6)
    workers.work("training")
    assert [stage.state for stage in workers.over(run).stages.all()] == ["passed", "passed"]
    model = run.model_version
    assert hashes(model.merged_path) == model.manifest["merged"]
    losses = [m.loss for m in Measurement.objects.filter(stage__run=run, stage__number=1) if m.loss]
    assert losses[-1] < losses[0] / 2

    evaluation = launch_evaluation(version=model, arms=default_arms(model))
    workers.work("training")
    scores = workers.over(evaluation).scores
    assert scores["base"]["strict"]["n"] == scores["tuned"]["strict"]["n"] == 8
    assert scores["merged"]["equals_adapter"]["value"] == 1.0
    assert len(evaluation.rows_path.read_text("utf-8").splitlines()) == 8

    promote(version=model)
    content = ask_for_calls(team=run.team, brief="Play Halo at volume 7")
    workers.work("generation")
    assert workers.over(content).model_version == model
    assert content.text or content.calls


def pass_time() -> None:
    """As if the lease had run out and the message had been under way for long."""
    long_ago = timezone.now() - timedelta(minutes=1)
    TrainingRun.objects.update(lease_expires_at=long_ago, enqueued_at=long_ago)


def test_a_worker_killed_in_mid_training_leaves_a_run_that_resumes(launched, eventually):
    run = launched(stages=[["play", "stop"]], epochs=20)
    worker = workers.start("work", "training")
    folder = run.directory / "stage-1" / "checkpoints"
    try:
        eventually(lambda: any(folder.glob("checkpoint-*/manifest.json")), seconds=90)
        horses = psutil.Process(worker.pid).children(recursive=True)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()
    eventually(lambda: not any(horse.is_running() for horse in horses), seconds=5)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (JobState.RUNNING, 1)

    pass_time()
    assert len(reconcile()) == 2, "taken back, and sent again"
    workers.work("training")
    assert workers.over(run).attempts == 2
    assert run.results["resumed_from"] >= 5
    assert run.results["steps"] == run.stages.get().steps > run.results["resumed_from"]
    assert ModelVersion.objects.get().run == run
    assert not folder.exists()
