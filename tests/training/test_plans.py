"""A run foreseen: what is asked of the dry run, what comes of its answer, and what is refused before anything runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from background.models import JobState
from background.running import run_leased
from tests.fakes import FakeDryRun, FakeTrainer
from training.errors import BaseUnavailable, DryRunUnavailable, ImpossiblePlan, NothingToTrainOn, RowTooLong
from training.models import BaseModel, Measurement, TrainingRun
from training.planning import Plan
from training.services.datasets import freeze
from training.services.earlier_runs import memory_ratio
from training.services.machine import machine_name
from training.services.planned import planned
from training.services.plans import base_or_offer, foresee
from training.services.runs import work_run

pytestmark = pytest.mark.django_db
GIGABYTE = 10**9


@pytest.fixture
def stages(version, starter) -> Plan:
    return planned(version=version, base=starter, sizes="1,2", changes={"seen": "0", "rehearsal": "0", "turns": "1"})


def test_a_run_is_foreseen_stage_by_stage(version, starter, stages):
    dry_run = FakeDryRun()
    seen = foresee(version=version, base=starter, plan=stages, ask=dry_run)
    assert [stage["rows"] for stage in seen["tokens"]] == [10, 22]  # of 12 and 24; one group validates
    assert seen["steps"] == [5, 11]  # two rows at a time
    assert seen["predicted"]["memory"]["total"] == 100_000_000
    assert (seen["fits"], seen["changes"]) == (True, [])
    assert seen["plan"]["longest"] == 128  # 90 tokens, rounded up
    assert (seen["predicted"]["calibration"], seen["predicted"]["paced_by"]) == (1.0, 0)
    assert seen["predicted"]["seconds"] > 0
    assert dry_run.asked[0]["limit"] > GIGABYTE / 10
    json.dumps(dry_run.asked[0])


def test_what_does_not_fit_says_what_to_change(version, starter, stages):
    dry_run = FakeDryRun()
    dry_run.memory |= {"activations": 4000 * GIGABYTE, "total": 4000 * GIGABYTE}
    seen = foresee(version=version, base=starter, plan=stages, ask=dry_run)
    assert not seen["fits"]
    assert seen["changes"] == ["Turn gradient checkpointing on: saves 2,000.0 GB, leaves 2,000.0 GB."]


def test_rows_that_nothing_has_room_for_are_refused(version, starter, stages):
    with pytest.raises(RowTooLong, match="The longest row of stage 1 has 90 tokens, and Starter executor reads 64 at"):
        foresee(version=version, base=starter, plan=stages, ask=FakeDryRun(positions=64))
    short = replace(stages, longest=80)
    assert foresee(version=version, base=starter, plan=short, ask=FakeDryRun())["plan"]["longest"] == 128
    with pytest.raises(RowTooLong, match="has 90 tokens, and the plan reads 80 at most"):
        foresee(version=version, base=starter, plan=short, keep_longest=True, ask=FakeDryRun())


def test_a_disk_without_room_for_three_checkpoints_is_refused(version, starter, stages):
    dry_run = FakeDryRun(unit=GIGABYTE * 1000)
    with pytest.raises(ImpossiblePlan, match="three checkpoints, adapters, merged weights.*the disk has .* left"):
        foresee(version=version, base=starter, plan=stages, ask=dry_run)


def test_a_tool_without_examples_is_refused(music, starter, var):
    music.examples.filter(split="train", messages__icontains="Be quiet").delete()
    version = freeze(dataset=music)
    plan = planned(version=version, base=starter, sizes="1,2")
    with pytest.raises(NothingToTrainOn, match="No approved training row calls 'stop', a tool of stage 2"):
        foresee(version=version, base=starter, plan=plan, ask=FakeDryRun())


def test_a_base_that_cannot_be_had_offers_its_fallback(starter):
    missing = BaseModel.objects.create(
        slug="gone", name="Gone", source="gone", architecture="causal", model_type="x", dtypes=["float32"]
    )
    with pytest.raises(BaseUnavailable, match="The weights of 'gone' are missing") as caught:
        base_or_offer(missing, fallback=False)
    assert "fallback" not in str(caught.value)
    missing.fallback = starter
    with pytest.raises(BaseUnavailable, match="Its fallback is Starter executor: --fallback trains that one."):
        base_or_offer(missing, fallback=False)


def test_what_was_foreseen_is_on_the_run_before_it_starts(launched):
    run, found = launched(stages=[["play"]]), []

    class Looking(FakeTrainer):
        def __call__(self, spec, report):
            found.append(TrainingRun.objects.get(pk=run.pk).predicted)
            return super().__call__(spec, report)

    work(run, Looking(), FakeDryRun())
    assert found[0]["memory"]["weights"] == 60_000_000
    assert found[0]["seconds"] > 0


def test_a_run_starts_all_the_same_where_memory_cannot_be_foreseen(launched):
    def unavailable(asked: dict[str, Any], wait: Any) -> dict[str, Any]:
        raise DryRunUnavailable("Not here.")

    run = launched(stages=[["play"]])
    work(run, FakeTrainer(), unavailable)
    run.refresh_from_db()
    assert (run.state, run.predicted) == (JobState.COMPLETED, {})


def work(run: TrainingRun, trainer: Any, ask: Any) -> None:
    run_leased(
        TrainingRun,
        run.pk,
        lambda lease: work_run(lease, trainer, lambda spec, report: {}, lambda spec, report: [], ask),
    )


def test_three_runs_here_correct_the_next_one(version, starter, stages, launched):
    for measured in (110, 120, 130):
        run = launched(stages=[["play"]])
        predicted = {"memory": {"total": 200}, "calibration": 2.0}
        TrainingRun.objects.filter(pk=run.pk).update(
            state=JobState.COMPLETED, machine=machine_name(), predicted=predicted, plan=stages.as_json()
        )
        stage = run.stages.get()
        for step, memory in enumerate((50, measured), 1):
            Measurement.objects.create(stage=stage, step=step, memory=memory, tokens_per_second=1000.0)
    assert memory_ratio(starter) == 1.2
    seen = foresee(version=version, base=starter, plan=stages, ask=FakeDryRun())
    assert (seen["predicted"]["tokens_per_second"], seen["predicted"]["paced_by"]) == (1000.0, 3)
    other = BaseModel.objects.get(slug="flan-t5-base")
    assert memory_ratio(other) == 1.0


def test_a_preset_brings_its_stages_and_single_values_win(version, starter):
    plan = planned(version=version, base=starter, sizes="1,2", preset="gradual-tools", changes={"epochs": "2"})
    assert (plan.batch, plan.accumulation, plan.epochs, plan.lora_rank) == (2, 4, 2.0, 16)
    assert plan.gates == [0.98, 0.98]
    assert plan.control
    assert not planned(version=version, base=starter).gates
    with pytest.raises(ImpossiblePlan, match="growing numbers of tools, at most 2"):
        planned(version=version, base=starter, preset="gradual-tools")
