"""Launching a run: what cannot work is refused at once, in a sentence, and leaves nothing behind."""

from __future__ import annotations

import subprocess

import pytest
from django.conf import settings as project

from background.models import JobState
from tests import factories
from tests.training.conftest import make_music
from training.errors import BaseUnavailable, ImpossiblePlan, NothingToTrainOn
from training.models import BaseModel, Stage, TrainingRun
from training.planning import Plan
from training.services.bases import base_spec, find_base, sync_catalogue
from training.services.datasets import freeze
from training.services.runs import code_version, launch_run, plan_for


def test_a_run_waits_with_its_plan_and_its_stages(launched, team):
    run = launched(stages=[["play"], ["play", "stop"]], epochs=2.0)
    run.refresh_from_db()
    assert (run.state, run.team, run.queue, run.function) == (
        JobState.QUEUED, team, "training", "training.jobs.train_run",
    )  # fmt: skip
    assert run.job_id
    assert run.name == "Music on Starter executor"
    assert Plan.from_json(run.plan) == Plan(stages=[["play"], ["play", "stop"]], epochs=2.0)
    assert [(s.number, s.title, s.tools, s.state) for s in run.stages.all()] == [
        (1, "1 tool", ["play"], "waiting"), (2, "2 tools", ["play", "stop"], "waiting"),
    ]  # fmt: skip


def test_a_stage_without_rows_is_refused(launched, music):
    music.examples.filter(split="train", messages__icontains="Be quiet").delete()
    version = freeze(dataset=music)
    starter = BaseModel.objects.get(slug="starter-executor")
    plan = Plan(stages=[["stop"]])
    with pytest.raises(NothingToTrainOn, match="No training row calls only the tools of this stage"):
        launch_run(dataset_version=version, base=starter, slot="executor", plan=plan)
    assert not TrainingRun.objects.exists()
    assert not Stage.objects.exists()


def test_a_version_without_its_file_is_refused(launched, version):
    version.path.unlink()
    with pytest.raises(NothingToTrainOn, match="missing on disk: freeze the dataset again"):
        launched()
    assert not TrainingRun.objects.exists()


def test_a_starter_without_weights_is_refused(launched, starter, settings, tmp_path):
    settings.STARTERS_DIR = tmp_path / "elsewhere"
    with pytest.raises(BaseUnavailable, match="'starter-executor' are missing. Run `manage.py build_starters`"):
        launched()
    assert not TrainingRun.objects.exists()


def test_an_encoder_decoder_is_not_taught_tools(version, starter):
    starter.architecture = BaseModel.Architecture.SEQ2SEQ
    with pytest.raises(ImpossiblePlan, match="choose a decoder"):
        launch_run(dataset_version=version, base=starter, slot="executor", plan=Plan(stages=[["play"]]))


def test_the_plan_follows_base_and_machine(starter):
    stages = [["play"], ["play", "stop"]]
    assert plan_for(base=starter, stages=stages, gpu=False).stages == stages
    assert plan_for(base=starter, stages=None, gpu=False, epochs=1.5).epochs == 1.5


def test_the_catalogue_is_there_after_every_migration(db):
    sync_catalogue()
    base = find_base("t5gemma-2-1b-1b")
    assert base.fallback == find_base("flan-t5-base")
    assert find_base("qwen2.5-7b-instruct").revision
    with pytest.raises(BaseUnavailable, match="no base model 'gpt-9'. Choose one of: starter-executor"):
        find_base("gpt-9")


def test_how_a_base_is_loaded(starter, settings, tmp_path, db):
    local = base_spec(starter, quantised=True, dtype="bfloat16")
    assert (local.source, local.revision) == (str(tmp_path / "starters" / "starter-executor"), "")
    assert (local.quantised, local.dtype) == (True, "bfloat16")
    hub = base_spec(find_base("qwen2.5-7b-instruct"))
    assert hub.source == "Qwen/Qwen2.5-7B-Instruct"
    assert len(hub.revision) == 40
    assert hub.dtype == "bfloat16"


def test_the_code_version_is_a_commit_or_nothing(monkeypatch, tmp_path):
    known = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project.BASE_DIR, capture_output=True, text=True)
    assert known.stdout.startswith(code_version())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_version() == ""


def test_two_teams_do_not_share_a_version(team, version, db):
    theirs = freeze(dataset=make_music(factories.team()))
    assert theirs.pk != version.pk
    assert theirs.path != version.path
