"""The one runner of background work: claim, keep, work, and the endings.

A job function is three lines: `def train_run(pk): run_leased(TrainingRun, pk, _work)`.
"""

from __future__ import annotations

import logging
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from django.db import close_old_connections, connection

from background import disk
from background.errors import Cancelled, LeaseLost, ProblemError, WorkerStopping
from background.lease import Lease, claim, stop_process
from background.models import BackgroundJob, JobState

DEFECT = "Something went wrong inside AI Director. The details are kept with this job for whoever maintains it."
CANCELLED = "Cancelled on request."
DISK_FULL = "The disk is full. Make room, then launch it again: what was finished before is kept."

logger = logging.getLogger(__name__)


def run_leased(
    row_class: type[BackgroundJob],
    pk: Any,
    work: Callable[[Lease], None],
    *,
    stop: Callable[[], None] = stop_process,
) -> None:
    """Work one row to its end. Does nothing when another worker has it, or it is over.

    `work` reports through `lease.beat(step=…, progress=…)`, which is also where it learns of a cancellation.
    ProblemError ends the row failed with its sentence, Cancelled cancelled, any other exception errored with
    its traceback. A lost lease calls `stop`, which ends the process. When the process is told to leave
    (SIGTERM, Ctrl-C), the row goes back to the queue.
    """
    if not connection.in_atomic_block:
        close_old_connections()  # one inherited through a fork, or gone stale while the worker waited
    lease = claim(row_class, pk)
    if lease is None:
        logger.info("%s %s is not waiting for a worker: nothing to do.", row_class.__name__, pk)
        return
    try:
        with _termination_raises():
            ending = _ending_of(lease, work, stop)
            lease.finish(**ending)
        logger.info("%s %s %s. %s", row_class.__name__, pk, lease.row.state, lease.row.reason)
    except LeaseLost:
        stop()
    except BaseException:
        _give_back(lease)
        raise


def _ending_of(lease: Lease, work: Callable[[Lease], None], stop: Callable[[], None]) -> dict[str, str]:
    try:
        with lease.kept(stop):
            work(lease)
    except LeaseLost:
        raise
    except Cancelled:
        return {"state": JobState.CANCELLED, "reason": CANCELLED}
    except ProblemError as problem:
        return {"state": JobState.FAILED, "reason": str(problem)}
    except Exception as problem:
        if disk.is_full(problem):
            return {"state": JobState.FAILED, "reason": DISK_FULL}
        logger.exception("%s %s met a defect", type(lease.row).__name__, lease.row.pk)
        return {"state": JobState.ERRORED, "reason": DEFECT, "traceback": traceback.format_exc()}
    return {"state": JobState.COMPLETED}


def _give_back(lease: Lease) -> None:
    if not connection.in_atomic_block:
        connection.close()  # the signal may have cut a query short
    with suppress(LeaseLost):
        lease.release()


@contextmanager
def _termination_raises() -> Iterator[None]:
    """Turn SIGTERM into WorkerStopping while a row is ours. Signals reach the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raise_stopping)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise_stopping(signum: int, frame: FrameType | None) -> None:
    raise WorkerStopping
