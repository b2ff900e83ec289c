"""`serve` and `running_services`: all of it comes up, stays up and ends together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from aidirector.service import Service
from aidirector.supervisor import PortTaken, Supervisor, running_services
from background.errors import QueueUnavailable
from background.models import JobState
from background.queue import launch
from tests.background.sampleapp.models import SampleJob


@pytest.fixture
def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def test_a_job_launched_inside_is_worked_and_nothing_is_left_behind(transactional_db, embedded_queue, eventually):
    said: list[str] = []
    with running_services(say=said.append) as services:
        row = SampleJob.objects.create(queue="training", function="tests.background.sampleapp.jobs.work")
        launch(row)
        eventually(lambda: SampleJob.objects.get(pk=row.pk).is_over)
        processes = [service.process for service in services.services]
    row.refresh_from_db()
    assert row.state == JobState.COMPLETED
    assert len(processes) == len(settings.QUEUES)
    assert all(process.poll() is not None for process in processes)
    assert len(said) >= 3


def test_a_dead_worker_is_started_again(transactional_db, embedded_queue, eventually):
    said: list[str] = []
    with running_services(say=said.append) as services:
        worker = services.services[0]
        first = worker.process.pid
        worker.process.kill()
        eventually(lambda: worker.is_alive and worker.process.pid != first)
    assert any("SIGKILL" in sentence and "again in 1 s" in sentence for sentence in said)


def test_serve_answers_and_one_sigterm_ends_everything(transactional_db, embedded_queue, free_port, eventually):
    command = [sys.executable, "manage.py", "serve", "--port", str(free_port)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    serve = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)
    with serve:
        lines = []
        while not lines or "Ctrl-C" not in lines[-1]:
            line = serve.stdout.readline()
            assert line, f"serve ended: {lines}"
            lines.append(line)
        children = psutil.Process(serve.pid).children(recursive=True)
        for page in ("/", "/admin/login/", "/static/unfold/css/styles.css"):
            with urllib.request.urlopen(f"http://127.0.0.1:{free_port}{page}", timeout=20) as answer:
                assert answer.status == 200
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(30) == 0
    assert f"http://127.0.0.1:{free_port}/" in "".join(lines)
    assert len(children) >= 3
    eventually(lambda: not any(child.is_running() for child in children), seconds=5)


def test_a_taken_port_is_one_sentence(db, embedded_queue):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"{port}.*--port"), Supervisor(port=port, say=lambda _: None):
            pytest.fail("started on a port that is taken")


def test_a_redis_that_is_down_is_one_sentence(db, settings, tmp_path):
    settings.REDIS_URL, settings.REDIS_URL_IS_OURS = f"unix://{tmp_path}/nobody.sock", False
    with pytest.raises(QueueUnavailable, match="REDIS_URL"), running_services(say=lambda _: None):
        pytest.fail("started without a queue")


def test_a_database_that_is_down_is_one_sentence(monkeypatch):
    from django.db import OperationalError

    from background import migrating

    def away() -> int:
        raise OperationalError("connection refused")

    monkeypatch.setattr(migrating, "pending_migrations", away)
    with pytest.raises(CommandError, match=r"cannot be used \(connection refused\)"):
        call_command("serve", "--no-web")


def test_a_process_that_keeps_dying_is_started_ever_more_rarely(tmp_path, monkeypatch):
    service = Service("Worker", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path, tmp_path / "log")
    clock = [time.monotonic()]
    monkeypatch.setattr("aidirector.service.time.monotonic", lambda: clock[0])
    service.start()
    pauses = []
    for _ in range(7):
        service.process.wait()
        before = clock[0]
        assert "exit code 3" in service.tend()
        while service.tend() is None:
            clock[0] += 0.5
        pauses.append(clock[0] - before)
    service.wait(5)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_large_log_is_set_aside(tmp_path):
    log = tmp_path / "worker.log"
    log.write_bytes(b"x" * 5_000_001)
    service = Service("Worker", [sys.executable, "-c", "print('new')"], tmp_path, log)
    service.start()
    service.wait(20)
    assert log.read_text() == "new\n"
    assert (tmp_path / "worker.old.log").exists()
