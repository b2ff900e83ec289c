"""Launching: the row first, Redis after the commit, and sentences when something is wrong."""

from __future__ import annotations

import pytest
from django.db import transaction

from background.errors import AlreadyRunning, QueueUnavailable
from background.lease import claim
from background.models import JobState
from background.queue import get_queue, is_reachable, launch, request_cancel
from tests.background.sampleapp.models import SampleJob


def waiting(name: str = "training") -> list[str]:
    return list(get_queue(name).get_job_ids())


def test_launch_saves_the_job_id_and_sends_the_key_after_the_commit(new_job, embedded_queue):
    row = new_job()
    with transaction.atomic():
        launch(row)
        assert waiting() == []
        assert SampleJob.objects.get(pk=row.pk).job_id == row.job_id != ""
    assert waiting() == [row.job_id]
    job = get_queue("training").fetch_job(row.job_id)
    assert (job.func_name, job.args, job.timeout) == (row.function, [str(row.pk)], -1)


def test_a_rolled_back_launch_sends_nothing(new_job, embedded_queue):
    row = new_job()
    with transaction.atomic():
        launch(row)
        transaction.set_rollback(True)
    assert waiting() == []


def test_launching_again_after_the_end_starts_afresh(new_job, embedded_queue):
    row = new_job(state=JobState.FAILED, reason="no space", attempts=3, progress=0.7, cancel_requested=True)
    launch(row)
    row.refresh_from_db()
    assert (row.state, row.reason, row.attempts, row.progress) == (JobState.QUEUED, "", 0, 0.0)
    assert not row.cancel_requested


def test_a_running_row_is_not_launched_a_second_time(new_job, embedded_queue):
    row = new_job()
    claim(SampleJob, row.pk)
    with pytest.raises(AlreadyRunning, match="already on this job"):
        launch(row)
    assert waiting() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"function": "os.system"}, "ALLOWED_JOBS"), ({"queue": "elsewhere"}, "no queue")],
)
def test_a_row_no_worker_would_run_is_refused_at_once(new_job, fields, words):
    with pytest.raises(ValueError, match=words):
        launch(new_job(**fields))


def test_an_unsaved_row_is_refused(transactional_db):
    with pytest.raises(ValueError, match="Save the row"):
        launch(SampleJob(queue="training", function="tests.background.sampleapp.jobs.work"))


def test_without_redis_the_row_stays_queued_and_a_sentence_says_so(new_job, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    row = new_job()
    assert not is_reachable()
    with pytest.raises(QueueUnavailable, match="waits in the database"):
        launch(row)
    row.refresh_from_db()
    assert row.state == JobState.QUEUED
    assert row.job_id


def test_an_unknown_queue_is_named(settings):
    with pytest.raises(ValueError, match="'attic'"):
        get_queue("attic")


def test_cancelling_a_waiting_row_ends_it(new_job):
    row = new_job()
    assert request_cancel(row)
    assert row.state == JobState.CANCELLED
    assert row.is_over
    assert claim(SampleJob, row.pk) is None


def test_cancelling_a_running_row_asks_its_worker(new_job):
    row = new_job()
    claim(SampleJob, row.pk)
    assert request_cancel(row)
    assert (row.state, row.cancel_requested) == (JobState.RUNNING, True)


def test_nothing_is_left_to_cancel_after_the_end(new_job):
    assert not request_cancel(new_job(state=JobState.COMPLETED))
