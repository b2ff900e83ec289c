"""What AI Director leans on: the database, the queue, the starter weights."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection

from aidirector.doctor.finding import Finding, Level
from aidirector.embedded_queue import NOT_DURABLE, EmbeddedQueue, find_server
from background import queue
from background.errors import QueueUnavailable
from background.migrating import pending_migrations
from background.workers import all_workers


def database_finding() -> Finding:
    """Whether the database answers and is up to date."""
    name = str(connection.settings_dict["NAME"])
    try:
        connection.ensure_connection()
        version = ".".join(str(part) for part in connection.get_database_version())
        pending = pending_migrations()
    except DatabaseError as problem:
        return Finding(
            "database",
            Level.PROBLEM,
            f"The database {name} cannot be used ({str(problem).strip()}).",
            "Check DATABASE_URL, that the server runs, and that the folder may be written.",
        )
    facts = {"vendor": connection.vendor, "version": version, "name": name, "pending_migrations": pending}
    said = f"{connection.display_name} {version}, {name}"
    if pending:
        cure = "`make serve` and `make demo` apply them; so does `manage.py migrate`."
        return Finding("database", Level.NOTE, f"{said}, {pending} migrations to apply.", cure, facts)
    return Finding("database", Level.OK, f"{said}, up to date.", facts=facts)


def queue_finding() -> Finding:
    """Which queue is used, and whether it answers."""
    return _embedded_queue() if settings.REDIS_URL_IS_OURS else _given_queue()


def _given_queue() -> Finding:
    facts = {"kind": "REDIS_URL"}
    if queue.is_reachable():
        version = queue.connection().info("server")["redis_version"]
        return Finding("queue", Level.OK, f"The Redis {version} of REDIS_URL answers.", facts=facts)
    cure = "Start it, correct REDIS_URL, or unset it to use the embedded queue."
    return Finding("queue", Level.PROBLEM, "The Redis of REDIS_URL does not answer.", cure, facts)


def _embedded_queue() -> Finding:
    try:
        running = EmbeddedQueue(settings.VAR_DIR).answers()
    except QueueUnavailable as problem:
        return Finding("queue", Level.PROBLEM, str(problem))
    server = find_server()
    if server is None:
        cure = "Install redis-server, or set REDIS_URL to a Redis that runs."
        return Finding("queue", Level.PROBLEM, "No queue can be started on this machine.", cure)
    facts = {"kind": server.kind, "durable": server.durable, "running": running}
    if not server.durable:
        return Finding("queue", Level.NOTE, NOT_DURABLE, "Install redis-server.", facts)
    said = "runs" if running else "is started by `make serve` and `make demo`"
    return Finding("queue", Level.OK, f"The embedded queue ({server.kind}) {said}.", facts=facts)


def workers_finding() -> Finding | None:
    """Who works here and elsewhere, as far as the queue knows; None while it is away."""
    try:
        found = all_workers()
    except QueueUnavailable:
        return None
    facts = {"workers": [news.as_json() for news in found]}
    silent = [news.name for news in found if news.is_silent]
    if silent:
        cure = "Look at its machine; `manage.py workers` lists them all."
        return Finding("workers", Level.NOTE, f"Silent for a while: {', '.join(silent)}.", cure, facts)
    if not found:
        return Finding("workers", Level.OK, "None is running; `make serve` starts one for each queue.", facts=facts)
    busy = sum(bool(news.job) for news in found)
    return Finding("workers", Level.OK, f"{len(found)} of them, {busy} at work.", facts=facts)


def starters_finding() -> Finding:
    """Whether the small models the project ships are there."""
    files = sorted(path.relative_to(settings.STARTERS_DIR) for path in settings.STARTERS_DIR.rglob("*.safetensors"))
    facts = {"files": [str(path) for path in files]}
    if files:
        size = sum((settings.STARTERS_DIR / path).stat().st_size for path in files) / 1e6
        return Finding("starters", Level.OK, f"{len(files)} starter weight files, {size:.1f} MB.", facts=facts)
    return Finding(
        "starters",
        Level.PROBLEM,
        f"There are no starter weights in {settings.STARTERS_DIR}.",
        "Restore the folder from the repository, or make them with `manage.py build_starters`.",
        facts,
    )
