"""A small team with a small dataset, frozen, and a base to launch from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from background.running import run_leased
from brands.models import Team
from tests import factories, tiny
from tests.fakes import FakeAnswerer, FakeTrainer
from tests.tiny import starters, tiny_starters
from tests.workers import _no_process_outlives_its_test
from training.models import BaseModel, Dataset, DatasetVersion, TrainingRun
from training.planning import Plan
from training.preflight import PreflightSpec
from training.preflight.spec import Examiner
from training.services.datasets import freeze
from training.services.runs import launch_run, work_run
from training.services.tools import save_tool

__all__ = ["_no_process_outlives_its_test", "starters", "tiny_starters"]


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    """A var folder of this test's own."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    return settings.VAR_DIR


@pytest.fixture
def starter(settings: Any, tmp_path: Path, db: None) -> BaseModel:
    """A starter whose folder is there; nothing reads its weights."""
    settings.STARTERS_DIR = tmp_path / "starters"
    folder = settings.STARTERS_DIR / "starter-executor"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return BaseModel.objects.get(slug="starter-executor")


@pytest.fixture
def team(db: None) -> Team:
    return factories.team(name="Ours", slug="ours")


@pytest.fixture
def music(team: Team) -> Dataset:
    """24 training rows over two tools, and eight held-out ones of two kinds."""
    return make_music(team)


def make_music(team: Team) -> Dataset:
    for schema in (tiny.PLAY, tiny.STOP):
        save_tool(team=team, schema=schema)
    dataset = factories.dataset(team=team, slug="music", name="Music")
    for make, tool in ((tiny.play_row, "play"), (tiny.stop_row, "stop")):
        for number in range(12):
            factories.example(dataset=dataset, group=f"{tool}-{number % 6}", **make(number))
        for number in range(20, 24):
            kind = "unseen_wording" if number % 4 == 0 else "seen_wording"
            factories.example(dataset=dataset, split="held_out", kind=kind, **make(number))
    return dataset


@pytest.fixture
def version(music: Dataset, var: Path) -> DatasetVersion:
    return freeze(dataset=music)


@pytest.fixture
def launched(version: DatasetVersion, starter: BaseModel) -> Callable[..., TrainingRun]:
    """`launched(stages=[["play"], ["play", "stop"]])`: a run that waits for its worker."""

    def launch(**choices: Any) -> TrainingRun:
        plan = Plan(**{"stages": [["play", "stop"]], **choices})
        return launch_run(dataset_version=version, base=starter, slot="executor", plan=plan)

    return launch


@pytest.fixture
def trained(launched: Callable[..., TrainingRun]) -> Callable[..., TrainingRun]:
    """`trained(trainer)`: a run worked to its end, as a worker would."""

    def work(trainer: FakeTrainer | None = None, **choices: Any) -> TrainingRun:
        run = launched(**choices)
        return worked(run, trainer or FakeTrainer())

    return work


def nothing_found(asked: PreflightSpec, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A preflight that looks at nothing."""
    return []


def worked(
    run: TrainingRun, trainer: FakeTrainer, answerer: FakeAnswerer | None = None, examine: Examiner | None = None
) -> TrainingRun:
    answer = answerer or FakeAnswerer(lambda arm, row: "")
    run_leased(TrainingRun, run.pk, lambda lease: work_run(lease, trainer, answer, examine or nothing_found))
    run.refresh_from_db()
    return run
