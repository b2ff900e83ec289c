"""Real `manage.py` processes for tests: they see the test's database, its var folder and its queue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored, and so its children
Manage = subprocess.Popen[str]
_started: list[Manage] = []


@pytest.fixture(autouse=True)
def _no_process_outlives_its_test() -> Iterator[None]:
    yield
    while _started:
        with _started.pop() as process:
            process.kill()


def start(*arguments: str, **environment: str) -> Manage:
    """`manage.py …` in a process group of its own, on one thread, never asking a hub."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, **ours, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _started.append(process)
    return process


def finish(process: Manage, seconds: float = 400) -> subprocess.CompletedProcess[str]:
    """Its output and exit code; a process that does not end fails the test."""
    out, err = process.communicate(timeout=seconds)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return finish(start(*arguments, **environment))


def work(queue: str) -> subprocess.CompletedProcess[str]:
    """A worker that works all that waits in the queue and leaves."""
    done = manage("work", queue, "--burst")
    assert done.returncode == 0, done.stderr
    return done


def over(row: Any) -> Any:
    """The row as it is now, for a message that says why it is not completed."""
    row.refresh_from_db()
    assert row.state == "completed", f"{row.state}: {row.reason} {row.traceback}"
    return row
