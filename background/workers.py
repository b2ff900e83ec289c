"""Every worker of every queue as pages and commands show it, and the orders they get.

A worker tells about itself at each heartbeat, a supervisor about the workers it keeps on its machine: JSON in Redis
that expires, because it says nothing a database should remember. Nobody's clock is trusted: how old news is follows
from when it expires. Orders to a machine wait in a list that its supervisor reads; whoever may write to Redis may give
them, and they can say nothing but which queue's workers to start or stop.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import redis
from django.conf import settings

from background.errors import ProblemError, QueueUnavailable
from background.queue import connection

KEPT_SECONDS = 600  # how long a worker that fell silent is still shown
LEFT_SECONDS = 3600  # … and one that was drained
SILENT_SECONDS = 20  # four missed heartbeats
MACHINE_SECONDS = 15
ORDER_SECONDS = 60  # an order nobody took is forgotten, lest it be carried out some other day
DRAIN_SECONDS = 7 * 24 * 3600

IDLE, WORKING, DRAINING, DRAINED, SILENT = "idle", "working", "draining", "drained", "silent"
STATES = {IDLE, WORKING, DRAINING, DRAINED}
START, STOP = "start", "stop"

COUNTS = ("all", "wanted", "alive")

NAMES, MACHINES = "aidirector:workers", "aidirector:machines"


class UnknownWorker(ProblemError):
    """A worker that is not there, or not any more."""


class UnknownMachine(ProblemError):
    """A machine without a supervisor that could carry out an order."""


@dataclass(frozen=True)
class WorkerNews:
    """What a worker tells. `gpu` names what its machine has; while its job holds one, that one. `memory_*` are bytes of
    the GPU it holds, else of the machine. `age` is how many seconds ago it told."""

    name: str
    queue: str
    machine: str
    pid: int
    state: str = IDLE
    job: str = ""
    function: str = ""
    gpu: str = ""
    holds_gpu: bool = False
    memory_total: int = 0
    memory_used: int = 0
    age: float = 0.0

    @property
    def is_silent(self) -> bool:
        return self.state != DRAINED and self.age > SILENT_SECONDS

    @property
    def shown_state(self) -> str:
        return SILENT if self.is_silent else self.state

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"state": self.shown_state, "age": round(self.age, 1)}


@dataclass(frozen=True)
class MachineNews:
    """What a supervisor tells: per queue how many workers it could keep, should keep, and how many of them live."""

    name: str
    queues: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def this_machine() -> str:
    return platform.node() or "localhost"


def tell(news: WorkerNews) -> None:
    """Keep a worker's news. Raises redis.RedisError."""
    facts = asdict(news)
    del facts["age"]
    with connection().pipeline() as pipe:
        pipe.set(_worker(news.name), json.dumps(facts), ex=LEFT_SECONDS if news.state == DRAINED else KEPT_SECONDS)
        pipe.sadd(NAMES, news.name)
        pipe.execute()


def forget(name: str) -> None:
    """A worker left. Raises redis.RedisError."""
    connection().delete(_worker(name), _drain(name))
    connection().srem(NAMES, name)


def all_workers() -> list[WorkerNews]:
    """Every worker by machine, queue and name. Raises QueueUnavailable."""
    with _answering():
        names = sorted(_texts(connection().smembers(NAMES)))
        found = [news for name in names if (news := _read_worker(name)) is not None]
        if gone := set(names) - {news.name for news in found}:
            connection().srem(NAMES, *gone)
    return sorted(found, key=lambda news: (news.machine, news.queue, news.name))


def _read_worker(name: str) -> WorkerNews | None:
    """None for a worker of long ago, and for what no worker of ours wrote."""
    with connection().pipeline() as pipe:
        pipe.get(_worker(name))
        pipe.pttl(_worker(name))
        text, left = pipe.execute()
    try:
        facts = json.loads(text)
        kept = LEFT_SECONDS if facts["state"] == DRAINED else KEPT_SECONDS
        news = WorkerNews(**facts, age=max(0.0, kept - left / 1000))
    except (TypeError, ValueError, KeyError, RecursionError):
        return None
    texts = (news.name, news.queue, news.machine, news.job, news.function, news.gpu)
    numbers = (news.pid, news.holds_gpu, news.memory_total, news.memory_used)
    is_ours = news.name == name and news.state in STATES and all(isinstance(each, str) for each in texts)
    return news if is_ours and all(isinstance(each, int) for each in numbers) else None


def find_worker(name: str) -> WorkerNews:
    """Raises UnknownWorker naming those that are there, or QueueUnavailable."""
    workers = [news for news in all_workers() if news.state != DRAINED]
    for news in workers:
        if news.name == name:
            return news
    known = ", ".join(news.name for news in workers) or "none, until `manage.py serve` or `manage.py work` runs"
    raise UnknownWorker(f"There is no worker '{name}'. Workers: {known}.")


def drain(name: str) -> WorkerNews:
    """Let a worker finish its job and take no other. Raises UnknownWorker or QueueUnavailable."""
    news = find_worker(name)
    with _answering():
        connection().set(_drain(name), "1", ex=DRAIN_SECONDS)
    return news


def is_drained(name: str) -> bool:
    """Whether that worker shall take no more jobs; not while Redis is away."""
    try:
        return bool(connection().exists(_drain(name)))
    except redis.RedisError:
        return False


def ended(pid: int) -> bool:
    """Take note that a worker process of this machine ended. Returns whether it was drained and is to stay away."""
    try:
        left = [news for news in all_workers() if (news.machine, news.pid) == (this_machine(), pid)]
        for news in left:
            if news.state != DRAINED:
                forget(news.name)
    except (QueueUnavailable, redis.RedisError):
        return False
    return any(news.state == DRAINED for news in left)


def tell_machine(queues: Mapping[str, Mapping[str, int]]) -> None:
    """Keep what this machine's supervisor has to tell. Raises redis.RedisError."""
    with connection().pipeline() as pipe:
        pipe.set(_machine(this_machine()), json.dumps(queues), ex=MACHINE_SECONDS)
        pipe.sadd(MACHINES, this_machine())
        pipe.execute()


def forget_machine() -> None:
    """This machine's supervisor leaves. Raises redis.RedisError."""
    connection().delete(_machine(this_machine()), _orders(this_machine()))


def all_machines() -> list[MachineNews]:
    """The machines with a supervisor, by name. Raises QueueUnavailable."""
    found = []
    with _answering():
        for name in sorted(_texts(connection().smembers(MACHINES))):
            if (queues := _read_machine(connection().get(_machine(name)))) is None:
                connection().srem(MACHINES, name)
            else:
                found.append(MachineNews(name, queues))
    return found


def _read_machine(text: Any) -> dict[str, dict[str, int]] | None:
    try:
        queues = json.loads(text)
        return {name: {key: int(queues[name][key]) for key in COUNTS} for name in queues}
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return None


def order(what: str, *, machine: str, queue: str) -> None:
    """Have the supervisor of a machine start or stop its workers of a queue.

    Raises UnknownMachine where nobody would hear it, QueueUnavailable, ValueError for an order that is none.
    """
    if what not in {START, STOP} or queue not in settings.QUEUES:
        raise ValueError(f"{what!r} {queue!r} is no order.")
    if machine not in {news.name for news in all_machines()}:
        raise UnknownMachine(f"On '{machine}' no `manage.py serve` is running that could {what} workers.")
    with _answering():
        connection().rpush(_orders(machine), json.dumps({"order": what, "queue": queue}))
        connection().expire(_orders(machine), ORDER_SECONDS)


def take_orders() -> Iterator[tuple[str, str]]:
    """The orders waiting for this machine, as (start or stop, queue); what is no order is dropped.

    Raises redis.RedisError.
    """
    while (text := connection().lpop(_orders(this_machine()))) is not None:
        try:
            facts = json.loads(text)  # type: ignore[arg-type]
            what, queue = facts["order"], facts["queue"]
        except (TypeError, ValueError, KeyError, RecursionError):
            continue
        if what in (START, STOP) and queue in settings.QUEUES:
            yield what, queue


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as problem:
        raise QueueUnavailable(
            "The queue does not answer, so nobody knows which workers there are. `manage.py serve` starts one here; "
            "with REDIS_URL set, check that Redis runs there."
        ) from problem


def _texts(members: Any) -> list[str]:
    return [member.decode(errors="replace") for member in members]


def _worker(name: str) -> str:
    return f"aidirector:worker:{name}"


def _drain(name: str) -> str:
    return f"aidirector:drain:{name}"


def _machine(name: str) -> str:
    return f"aidirector:machine:{name}"


def _orders(name: str) -> str:
    return f"aidirector:orders:{name}"
