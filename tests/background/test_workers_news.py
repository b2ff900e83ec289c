"""What workers tell about themselves, draining one, and the orders a machine gets: real workers, a real queue."""

from __future__ import annotations

import json
import signal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from background import workers
from background.errors import QueueUnavailable
from background.models import JobState
from background.queue import connection, launch
from background.workers import WorkerNews
from tests.workers import _no_process_outlives_its_test, finish, start

__all__ = ["_no_process_outlives_its_test"]


def news(**facts: Any) -> WorkerNews:
    return WorkerNews(**{"name": "training-abc123", "queue": "training", "machine": "here", "pid": 7, **facts})


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_worker_is_seen_working_drained_and_gone_and_takes_no_other_job(new_job, embedded_queue, eventually):
    first = new_job("until told")
    launch(first)
    worker = start("work", "training")
    busy = eventually(lambda: next((each for each in workers.all_workers() if each.job), None))
    assert (busy.state, busy.job, busy.queue, busy.pid) == ("working", str(first.pk), "training", worker.pid)
    assert busy.memory_total > busy.memory_used > 0
    second = new_job()
    launch(second)
    assert "finishes its job" in said("drain", busy.name)
    eventually(lambda: workers.all_workers()[0].state == "draining")
    assert "draining on" in said("workers")
    type(first).objects.filter(pk=first.pk).update(note="go on")
    assert finish(worker, 60).returncode == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (JobState.COMPLETED, JobState.QUEUED)
    (left,) = json.loads(said("workers", "--json"))["workers"]
    assert (left["name"], left["state"], left["job"]) == (busy.name, "drained", "")
    with pytest.raises(CommandError, match="There is no worker"):
        call_command("drain", busy.name)


def test_a_job_that_came_while_the_order_was_on_its_way_stays_for_another_worker(new_job, embedded_queue, eventually):
    worker = start("work", "training")
    idle = eventually(lambda: next(iter(workers.all_workers()), None))
    workers.drain(idle.name)
    row = new_job()
    launch(row)
    assert finish(worker, 60).returncode == 0
    row.refresh_from_db()
    assert row.state == JobState.QUEUED
    done = finish(start("work", "training", "--burst"))
    row.refresh_from_db()
    assert row.state == JobState.COMPLETED, done.stderr


def test_a_worker_told_to_stop_leaves_the_list_and_a_killed_one_falls_silent(
    transactional_db, embedded_queue, eventually
):
    one, other = start("work", "curation"), start("work", "generation")
    eventually(lambda: len(workers.all_workers()) == 2)
    one.send_signal(signal.SIGTERM)
    other.send_signal(signal.SIGKILL)
    finish(one, 60)
    finish(other, 60)
    (left,) = workers.all_workers()
    assert left.queue == "generation"
    connection().pexpire(f"aidirector:worker:{left.name}", 570_000)
    (left,) = workers.all_workers()
    assert left.is_silent
    assert left.shown_state == "silent"
    assert left.age >= 30
    assert not workers.ended(other.pid)
    assert workers.all_workers() == []


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"name": 3}', '{"state": "idle", "rank": 1}', "[" * 9000])
def test_what_no_worker_wrote_is_left_out(embedded_queue, text):
    workers.tell(news())
    connection().set("aidirector:worker:bad", text)
    connection().set("aidirector:machine:bad", text)
    connection().sadd(workers.NAMES, "bad")
    connection().sadd(workers.MACHINES, "bad")
    assert [each.name for each in workers.all_workers()] == ["training-abc123"]
    assert [each.name for each in workers.all_machines() if each.queues] == []


def test_only_orders_that_are_one_are_taken(embedded_queue):
    machine = workers.this_machine()
    with pytest.raises(workers.UnknownMachine, match="no `manage.py serve` is running that could stop"):
        workers.order("stop", machine=machine, queue="training")
    workers.tell_machine({"training": {"all": 1, "wanted": 1, "alive": 1}})
    workers.order("stop", machine=machine, queue="training")
    for text in (
        '{"order": "run", "queue": "training"}',
        '{"order": "stop", "queue": "x"}',
        "{",
        "[]",
        '{"order": []}',
    ):
        connection().rpush(f"aidirector:orders:{machine}", text)
    assert list(workers.take_orders()) == [("stop", "training")]
    for wrong in ({"what": "kill", "queue": "training"}, {"what": "stop", "queue": "x"}):
        with pytest.raises(ValueError, match="is no order"):
            workers.order(wrong["what"], machine=machine, queue=wrong["queue"])


def test_without_the_queue_the_commands_say_so(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    for arguments in (("workers",), ("drain", "training-1")):
        with pytest.raises(CommandError, match="nobody knows which workers there are"):
            call_command(*arguments)
    with pytest.raises(QueueUnavailable):
        workers.all_machines()
    assert not workers.is_drained("training-1")
    assert not workers.ended(7)
