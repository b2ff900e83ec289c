"""Owning a row while working on it.

A claim is a conditional UPDATE: of many workers one gets the row, and with it a *lease*, which a thread
renews, and a *fence*, a number that grows with each claim. Every later write asks for both, so that a worker
which lost its lease (it was stopped, the machine slept) cannot write over the one that came after it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from background.errors import Cancelled, LeaseLost
from background.models import BackgroundJob, JobState

LEASE_SECONDS = 30.0
BEAT_SECONDS = 5.0
LOST_EXIT_CODE = 75  # EX_TEMPFAIL of sysexits.h: somebody else goes on with it

logger = logging.getLogger(__name__)


def stop_process() -> None:
    """Leave at once: the row belongs to somebody else, and so do the files it names."""
    os._exit(LOST_EXIT_CODE)


def claim(row_class: type[BackgroundJob], pk: Any, *, job_id: str | None = None) -> Lease | None:
    """Take a queued row, or None when it is not to be had. With `job_id`, only if that is still the row's."""
    rows: Any = row_class._base_manager.filter(pk=pk, state=JobState.QUEUED)
    if job_id is not None:
        rows = rows.filter(job_id=job_id)
    now = timezone.now()
    with transaction.atomic():
        taken = rows.update(
            state=JobState.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            started_at=Coalesce("started_at", now),
            ended_at=None,
            heartbeat_at=now,
            lease_expires_at=now + timedelta(seconds=LEASE_SECONDS),
            reason="",
            traceback="",
        )
        return Lease(row_class._base_manager.get(pk=pk)) if taken else None


class Lease:
    """The right to write one row, as long as it is renewed in time."""

    def __init__(self, row: BackgroundJob) -> None:
        self.row = row
        self.fence = row.fence

    def beat(self, **fields: Any) -> None:
        """Renew the lease and save `fields` (step, progress, columns of the subclass).

        Raises LeaseLost when the row is no longer ours, Cancelled when a person asked for the end.
        """
        self._write(**_renewal(), **fields)
        if self._mine().filter(cancel_requested=True).exists():
            raise Cancelled

    def finish(self, state: str, *, reason: str = "", traceback: str = "", **fields: Any) -> None:
        """End the job. Raises LeaseLost when the row is no longer ours."""
        if state == JobState.COMPLETED:
            fields.setdefault("progress", 1.0)
        texts = {"reason": _storable(reason), "traceback": _storable(traceback)}
        self._write(state=state, ended_at=timezone.now(), lease_expires_at=None, **texts, **fields)

    def release(self) -> None:
        """Put the row back unworked: the attempt does not count, and reconcile sends it again."""
        self._write(
            state=JobState.QUEUED,
            job_id="",
            enqueued_at=None,
            lease_expires_at=None,
            attempts=F("attempts") - 1,
        )

    @contextmanager
    def kept(self, stop: Callable[[], None] = stop_process) -> Iterator[None]:
        """Renew the lease from a thread for as long as the block lasts; `stop` is called if it is lost."""
        if connection.in_atomic_block:  # no other connection sees the row yet, so nobody could take it either
            yield
            return
        over = threading.Event()
        thread = threading.Thread(target=self._keep, args=(over, stop), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep(self, over: threading.Event, stop: Callable[[], None]) -> None:
        renewed = time.monotonic()
        try:
            while not over.wait(BEAT_SECONDS):
                try:
                    self._update(**_renewal())
                    renewed = time.monotonic()
                except LeaseLost:
                    return stop()
                except (DatabaseError, InterfaceError) as problem:
                    connection.close()
                    logger.warning("The lease of %s could not be renewed: %s", self.row.pk, problem)
                    if time.monotonic() - renewed > LEASE_SECONDS:
                        return stop()
        finally:
            connection.close()

    def _write(self, **fields: Any) -> None:
        self._update(**fields)
        self.row.refresh_from_db(fields=list(fields))

    def _update(self, **fields: Any) -> None:
        if not self._mine().update(**fields):
            raise LeaseLost(f"{self.row.pk} is no longer ours at fence {self.fence}.")

    def _mine(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = type(self.row)._base_manager.filter(pk=self.row.pk)
        return rows.filter(fence=self.fence, state=JobState.RUNNING)


def _renewal() -> dict[str, Any]:
    now = timezone.now()
    return {"heartbeat_at": now, "lease_expires_at": now + timedelta(seconds=LEASE_SECONDS)}


def _storable(text: str) -> str:
    """Text a database takes: PostgreSQL refuses NUL, both refuse lone surrogates."""
    return text.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()
