"""Workers killed in the middle of a job: the row never stays running for ever, and no orphan works on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import psutil
import pytest
from django.conf import settings
from django.utils import timezone

from background.models import JobState
from background.queue import connection, launch
from background.reconcile import reconcile
from tests.background.sampleapp.models import SampleJob

Worker = subprocess.Popen[bytes]


@pytest.fixture
def start_worker(transactional_db: None, embedded_queue: object) -> Iterator[Callable[[], Worker]]:
    started: list[Worker] = []

    def start() -> Worker:
        command = [sys.executable, "manage.py", "work", "training"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        log = (settings.VAR_DIR / "workers.log").open("ab")
        with log:
            worker = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        with suppress(ProcessLookupError):
            worker.kill()
        worker.wait()


@pytest.fixture
def holding(start_worker, eventually) -> Callable[..., tuple[SampleJob, Worker, psutil.Process]]:
    """A job in the middle of its work: its row, its worker and its horse."""

    def make(behaviour: str = "hold") -> tuple[SampleJob, Worker, psutil.Process]:
        row = SampleJob.objects.create(
            behaviour=behaviour, queue="training", function="tests.background.sampleapp.jobs.work"
        )
        launch(row)
        worker = start_worker()
        step = eventually(lambda: SampleJob.objects.get(pk=row.pk).step)
        return row, worker, psutil.Process(int(step.split()[-1]))

    return make


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def pass_time() -> None:
    """As if the lease had run out and the message had been under way for long."""
    long_ago = timezone.now() - timedelta(minutes=1)
    SampleJob.objects.update(lease_expires_at=long_ago, enqueued_at=long_ago)


def test_the_horse_dies_with_its_worker(holding, eventually):
    row, worker, horse = holding()
    worker.kill()
    eventually(lambda: gone(horse), seconds=5)


def test_killed_once_the_job_is_worked_by_the_next_worker(holding, start_worker, eventually):
    row, worker, horse = holding("hold once")
    worker.kill()
    eventually(lambda: gone(horse), seconds=5)
    pass_time()
    reconcile()
    start_worker()
    eventually(lambda: SampleJob.objects.get(pk=row.pk).is_over)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.fence) == (JobState.COMPLETED, 2, 2)


def test_killed_at_the_last_attempt_the_job_fails_with_a_reason(holding, eventually):
    row, worker, horse = holding()
    worker.kill()
    eventually(lambda: gone(horse), seconds=5)
    SampleJob.objects.update(attempts=SampleJob.MAX_ATTEMPTS)
    pass_time()
    reconcile()
    row.refresh_from_db()
    assert row.state == JobState.FAILED
    assert "stopped answering" in row.reason


def test_a_killed_horse_leaves_a_row_for_reconcile_and_a_living_worker(holding, eventually):
    row, worker, horse = holding("hold once")
    horse.kill()
    eventually(lambda: gone(horse), seconds=5)
    pass_time()
    reconcile()
    eventually(lambda: SampleJob.objects.get(pk=row.pk).is_over)
    row.refresh_from_db()
    assert row.state == JobState.COMPLETED
    assert worker.poll() is None


def test_a_worker_told_to_stop_puts_the_row_back(holding):
    row, worker, horse = holding()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert gone(horse)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (JobState.QUEUED, 0)


def test_a_process_that_lost_its_lease_stops_at_once(holding, eventually):
    row, worker, horse = holding()
    SampleJob.objects.update(fence=8)
    eventually(lambda: gone(horse), seconds=20)
    row.refresh_from_db()
    assert row.state == JobState.RUNNING


def test_a_job_survives_the_loss_of_its_queue(holding, embedded_queue, eventually):
    row, worker, horse = holding()
    embedded_queue.stop()
    SampleJob.objects.update(cancel_requested=False, note="still mine")
    before = SampleJob.objects.get(pk=row.pk).heartbeat_at
    eventually(lambda: SampleJob.objects.get(pk=row.pk).heartbeat_at > before, seconds=20)
    assert not gone(horse)
    embedded_queue.ensure()
    assert connection().ping()
