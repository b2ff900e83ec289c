"""Which database holds the rows: SQLite in the var folder by default, PostgreSQL by DATABASE_URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"

# Eight processes writing at once: with WAL and IMMEDIATE none of them meets "database is locked",
# with the default journal or deferred transactions most of them do.
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database(url: str, var: Path) -> dict[str, Any]:
    """The settings of the default database."""
    config: dict[str, Any] = _parse(url) if url else {"ENGINE": SQLITE, "NAME": str(var / "aidirector.sqlite3")}
    if config["ENGINE"] == SQLITE:
        config["OPTIONS"] = {**config.get("OPTIONS", {}), **SQLITE_OPTIONS}
    elif config["ENGINE"] == POSTGRESQL:
        # Under ASGI a kept connection stays with a thread that may not come back: one per request.
        config |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    else:
        raise ImproperlyConfigured("DATABASE_URL must start with postgres:// or sqlite:// .")
    return config


def _parse(url: str) -> dict[str, Any]:
    try:
        return dict(dj_database_url.parse(url))
    except ValueError as problem:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. Write it as postgres://USER:PASSWORD@HOST:5432/NAME ."
        ) from problem
