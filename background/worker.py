"""RQ's worker, made safe: it runs only our functions, its horse dies with it, Redis may be away for a while.

No RQ retries: the row's lease and `reconcile` decide what runs again. At each heartbeat a worker tells how it is
(`background.workers`), and sees whether it shall take no more jobs.
"""

from __future__ import annotations

import logging
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import redis
from django.conf import settings
from django.db import connections
from rq import Queue
from rq import Worker as RQWorker
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from background import workers
from background.gpus import Gpu, gpus, held_by
from background.memory import gpu_memory, machine_memory
from background.parent_death import die_with_parent
from background.queue import get_queue

BEAT_SECONDS = 5

logger = logging.getLogger(__name__)


def make_worker(queue_name: str) -> Worker:
    """A worker of one queue. With several, RQ's crash-safe hand-over (BLMOVE) would be off."""
    queue = get_queue(queue_name)
    return Worker(
        [queue],
        name=f"{queue_name}-{uuid.uuid4().hex[:6]}",
        connection=queue.connection,
        serializer=JSONSerializer,
        job_monitoring_interval=BEAT_SECONDS,
    )


def refusal(job: Job) -> str | None:
    """Why this worker must not run the job, or None. Whoever can write to Redis could ask for anything."""
    try:
        function, instance, args, kwargs = job.func_name, job.instance, job.args, job.kwargs
    except DeserializationError:
        return "The job's message cannot be read as JSON."
    if function not in settings.ALLOWED_JOBS:
        return f"{function!r} is not in settings.ALLOWED_JOBS."
    if instance is not None or kwargs or len(args) != 1 or not isinstance(args[0], str):
        return f"{function} takes one primary key and nothing else."
    asked = job.to_dict(include_meta=False, include_result=False)
    extras = {
        "success_callback_name",
        "failure_callback_name",
        "stopped_callback_name",
        "webhooks",
        "repeats_left",
    }
    if found := sorted(name for name in extras if asked.get(name)):
        return f"The job asks for {', '.join(found)}, which are not used here."
    return None


class Worker(RQWorker):
    """One process per queue; each job in a child, the *horse*, so that memory and crashes stay with it."""

    job: Job | None = None
    devices: list[Gpu] | None = None

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a job in turns of one heartbeat, and for none once the worker is drained. `timeout` None, for a
        worker that leaves when its queue is empty, does not wait."""
        while True:
            if workers.is_drained(self.name):
                logger.info("Drained: leaving without taking another job.")
                raise StopRequested
            found = super().dequeue_job_and_maintain_ttl(timeout, None if timeout is None else BEAT_SECONDS)
            if found is not None and workers.is_drained(self.name):
                self.put_back(*found)
            elif found is not None or timeout is None:
                return found

    def put_back(self, job: Job, queue: Queue) -> None:
        """Leave a job that came while the order to drain was on its way to another worker."""
        queue.push_job_id(job.id, at_front=True)
        self.connection.lrem(queue.intermediate_queue_key, 1, job.id)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's own, and the news that pages and commands show."""
        super().heartbeat(timeout, pipeline)
        if not self.is_horse:
            with _redis_may_be_away():
                self.tell()

    def tell(self, state: str = "") -> None:
        """Tell how the worker is; what it does now unless `state` says something else."""
        if self.devices is None:
            self.devices = gpus()
        job = self.job if self.horse_pid else None
        gpu = held_by(self.horse_pid, self.devices) if job else None
        total, used = gpu_memory(gpu) if gpu else machine_memory()
        news = workers.WorkerNews(
            name=self.name,
            queue=self.queue_names()[0],
            machine=workers.this_machine(),
            pid=self.pid or 0,
            state=state or self.doing(job),
            job=str(job.args[0]) if job else "",
            function=(job.func_name or "") if job else "",
            gpu=gpu.name if gpu else ", ".join(sorted({device.name for device in self.devices})),
            holds_gpu=gpu is not None,
            memory_total=total,
            memory_used=used,
        )
        workers.tell(news)

    def doing(self, job: Job | None) -> str:
        if workers.is_drained(self.name):
            return workers.DRAINING
        return workers.WORKING if job else workers.IDLE

    def teardown(self) -> None:
        """Leave, and say so: a drained worker stays in the list for a while, any other goes at once."""
        super().teardown()  # type: ignore[no-untyped-call]
        if self.is_horse:
            return
        with _redis_may_be_away():
            if workers.is_drained(self.name):
                self.tell(workers.DRAINED)
            else:
                workers.forget(self.name)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job in a horse, or fail it unrun when it is not one of ours."""
        why = refusal(job)
        if why is None:
            super().execute_job(job, queue)
            return
        logger.error("Refused job %s: %s", job.id, why)
        job.retries_left = None
        self.prepare_execution(job)
        self.handle_job_failure(job, queue=queue, exc_string=f"Refused: {why}")
        self.connection.lrem(queue.intermediate_queue_key, 1, job.id)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Fork with no database connection open: two processes on one would corrupt it."""
        connections.close_all()
        super().fork_work_horse(job, queue)
        self.job = job
        with _redis_may_be_away():
            self.tell()

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """The horse's first act: to die with its worker, even one killed with -9."""
        die_with_parent(self.pid or 0)
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        """Ctrl-C is the worker's business; a SIGTERM before the row is claimed ends the horse quietly, and
        `reconcile` sends the row again. (While a row is held, `run_leased` handles it.)"""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _leave)

    def handle_warm_shutdown_request(self) -> None:
        """RQ would wait for the job without limit: ask the horse to put its row back and leave."""
        logger.info("Stopping%s.", ": the running job goes back to the queue" if self.horse_pid else "")
        if self.horse_pid:
            try:
                os.kill(self.horse_pid, signal.SIGTERM)
            except ProcessLookupError:
                return

    def maintain_heartbeats(self, job: Job) -> None:
        """RQ's own heartbeat; ours is the row's lease, so a Redis that is away must not end the job."""
        with _redis_may_be_away():
            super().maintain_heartbeats(job)

    def set_current_job_working_time(self, current_job_working_time: float, pipeline: Any = None) -> None:
        """As above: a figure for display must not end the job."""
        with _redis_may_be_away():
            super().set_current_job_working_time(current_job_working_time, pipeline=pipeline)


@contextmanager
def _redis_may_be_away() -> Iterator[None]:
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as problem:
        logger.warning("The queue does not answer; the job goes on. (%s)", problem)


def _leave(signum: int, frame: FrameType | None) -> None:
    os._exit(0)
