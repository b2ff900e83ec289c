"""What a worker runs and what it refuses, with a real worker process on a real queue."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from rq import Callback
from rq.job import JobStatus

from background.models import JobState
from background.queue import get_queue, launch
from background.reconcile import reconcile
from background.worker import refusal
from tests.background.sampleapp.models import SampleJob

WORK = "tests.background.sampleapp.jobs.work"


def burst() -> subprocess.CompletedProcess[str]:
    """A worker that leaves when its queue is empty."""
    command = [sys.executable, "manage.py", "work", "training", "--burst"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_jobs_are_worked_to_their_endings(new_job, embedded_queue):
    rows = {name: new_job(name) for name in ("complete", "problem", "defect")}
    for row in rows.values():
        launch(row)
    burst()
    for row in rows.values():
        row.refresh_from_db()
    assert rows["complete"].state == JobState.COMPLETED
    assert rows["problem"].reason == "The dataset is empty: add examples first."
    assert rows["defect"].state == JobState.ERRORED
    assert len({row.step for row in rows.values()}) == 3, "each job has a process of its own"


def test_a_function_that_is_not_ours_is_refused(transactional_db, embedded_queue, tmp_path):
    proof = tmp_path / "ran"
    job = get_queue("training").enqueue("os.system", f"touch {proof}")
    output = burst().stderr
    assert not proof.exists()
    assert job.get_status(refresh=True) == JobStatus.FAILED
    assert "Refused" in output
    assert "os.system" in output
    assert "ALLOWED_JOBS" in job.latest_result().exc_string


def test_a_callback_that_is_not_ours_is_refused(new_job, embedded_queue):
    row = new_job()
    job = get_queue("training").enqueue(WORK, str(row.pk), on_success=Callback("os.abort"))
    burst()
    assert job.get_status(refresh=True) == JobStatus.FAILED
    row.refresh_from_db()
    assert row.state == JobState.QUEUED


def test_a_pickle_is_refused(transactional_db, embedded_queue, tmp_path):
    from rq import Queue
    from rq.serializers import PickleSerializer

    proof = tmp_path / "ran"
    trusting = Queue("training", connection=get_queue("training").connection, serializer=PickleSerializer)
    job = trusting.enqueue("os.system", f"touch {proof}")
    burst()
    assert not proof.exists()
    assert job.get_status(refresh=True) == JobStatus.FAILED


def test_a_job_that_broke_before_its_row_was_claimed_ends_errored(new_job, embedded_queue):
    row = new_job(function="tests.background.sampleapp.jobs.broken")
    launch(row)
    burst()
    SampleJob.objects.update(enqueued_at=None)
    assert len(reconcile()) == 1
    row.refresh_from_db()
    assert row.state == JobState.ERRORED
    assert "a part of the installation is missing" in row.traceback
    assert reconcile() == []


@pytest.mark.parametrize(
    ("args", "kwargs"), [(["1", "2"], {}), ([], {}), ([1], {}), (["1"], {"extra": True}), ([["1"]], {})]
)
def test_one_primary_key_and_nothing_else(embedded_queue, args, kwargs):
    job = get_queue("training").enqueue(WORK, args=args, kwargs=kwargs)
    assert "one primary key" in str(refusal(job))


def test_what_launch_sends_is_accepted(new_job, embedded_queue):
    row = new_job()
    launch(row)
    assert refusal(get_queue("training").fetch_job(row.job_id)) is None
