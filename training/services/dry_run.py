"""Asking the dry run, a program of its own that has torch, from where there is none."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings

from training import errors
from training.errors import DryRunUnavailable, ImpossiblePlan

log = logging.getLogger(__name__)
Ask = Callable[..., dict[str, Any]]  # as `ask_dry_run`
MOST_SECONDS = 300
BEAT_SECONDS = 2


def ask_dry_run(asked: dict[str, Any], wait: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """The answer of `training.ml.dry_run`, a program of its own; `wait` is called every two seconds until it comes.

    Raises what the program ended with, what `wait` raises, and DryRunUnavailable when there is no answer.
    """
    try:
        printed = answered(json.dumps(asked), wait)
        answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
    except (OSError, IndexError, ValueError) as problem:
        raise DryRunUnavailable(
            "Memory cannot be predicted here, because training's packages are not installed or did not answer: "
            "install requirements/worker.txt, or launch, and the worker predicts it before it starts."
        ) from problem
    if "problem" in answer:
        raise getattr(errors, answer["kind"], ImpossiblePlan)(answer["problem"])
    return answer


def answered(asked: str, wait: Callable[[], None]) -> str:
    """What the program printed; it ends with this process, and after five minutes."""
    with question_file(asked) as question, started(question) as child:
        for _ in range(int(MOST_SECONDS / BEAT_SECONDS)):
            try:
                printed, complaints = child.communicate(timeout=BEAT_SECONDS)
            except subprocess.TimeoutExpired:
                wait()
            else:
                if child.returncode:
                    log.error("The dry run ended with code %s: %s", child.returncode, complaints[-2000:])
                return printed
    return ""


@contextmanager
def question_file(asked: str) -> Iterator[IO[str]]:
    """The question as a file without a name: a pipe would have to be filled while the answer is waited for."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        file.write(asked)
        file.seek(0)
        yield file


@contextmanager
def started(question: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """The program, which is ended when the block is left before it ends by itself."""
    child = subprocess.Popen(
        [sys.executable, "-m", "training.ml.dry_run", str(os.getpid())],
        stdin=question,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env=os.environ | {"PYTHONWARNINGS": "ignore", "PYTHONIOENCODING": "utf-8"},
        text=True,
        encoding="utf-8",
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()
