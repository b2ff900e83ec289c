"""System checks: what is wrong with this installation, with an id and a cure. See `manage.py check`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from aidirector.queue_address import PATH_LIMIT

SQLITE_FLOOR = (3, 34, 0)  # the trigram tokenizer, which finds words in Thai text


@register()
def var_is_writable(**kwargs: Any) -> list[CheckMessage]:
    if os.access(settings.VAR_DIR, os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"{settings.VAR_DIR} cannot be written.",
            hint="Set AIDIRECTOR_VAR to a folder you may write in, or change this one's permissions.",
            id="aidirector.E001",
        )
    ]


@register()
def queue_socket_fits(**kwargs: Any) -> list[CheckMessage]:
    url = str(settings.REDIS_URL)
    if not url.startswith("unix://") or len(os.fsencode(url.removeprefix("unix://").split("?")[0])) < PATH_LIMIT:
        return []
    return [
        Error(
            f"The queue's socket path is longer than the {PATH_LIMIT} bytes a system can bind.",
            hint="Set REDIS_URL, or AIDIRECTOR_VAR, to a shorter path.",
            id="aidirector.E002",
        )
    ]


@register()
def sqlite_is_recent(**kwargs: Any) -> list[CheckMessage]:
    in_use = any(connection.vendor == "sqlite" for connection in connections.all())
    if not in_use or sqlite3.sqlite_version_info >= SQLITE_FLOOR:
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} has no trigram index, so Thai text is searched slowly.",
            hint="Use a Python built with SQLite 3.34 or later, or let DATABASE_URL name a PostgreSQL.",
            id="aidirector.W003",
        )
    ]


@register(Tags.database)
def postgres_locale_knows_letters(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Warning(
            f"The database of connection {alias!r} has the locale {locale}, under which pg_trgm sees "
            "no letters in Thai text.",
            hint="Create it with LC_CTYPE 'C.UTF-8' (CREATE DATABASE … TEMPLATE template0 LOCALE 'C.UTF-8').",
            id="aidirector.W004",
        )
        for alias in databases or ()
        if (locale := _postgres_locale(alias)) in {"C", "POSIX"}
    ]


def _postgres_locale(alias: str) -> str | None:
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT datctype FROM pg_database WHERE datname = current_database()")
        row = cursor.fetchone()
    return str(row[0]) if row else None
