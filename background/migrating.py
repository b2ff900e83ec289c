"""Bringing the database up to date before anything runs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from background.errors import ProblemError


class DatabaseUnavailable(ProblemError):
    """The database cannot be reached or opened."""


class OutdatedDatabase(ProblemError):
    """The database lacks tables or columns of this version."""


def pending_migrations() -> int:
    """How many migrations are still to be applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate(say: Callable[[str], object]) -> None:
    """Apply what is pending, and say so. Raises DatabaseUnavailable."""
    with reachable():
        pending = pending_migrations()
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
            say(f"Database: {pending} migration{'s' if pending != 1 else ''} applied.")


def make_ready(say: Callable[[str], object]) -> None:
    """Make the tables of an empty database. Raises OutdatedDatabase for one that an older version made, because
    other processes may be at work on it, and DatabaseUnavailable."""
    with reachable():
        pending, is_empty = pending_migrations(), not MigrationRecorder(connection).has_table()
    if is_empty:
        migrate(say)
    elif pending:
        raise OutdatedDatabase("The database was made by an older version: run `manage.py migrate`, then this again.")


@contextmanager
def reachable() -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        name = connection.settings_dict["NAME"]
        raise DatabaseUnavailable(
            f"The database {name} cannot be used ({str(problem).strip()}). Check DATABASE_URL, that the "
            "server runs, and that the folder may be written."
        ) from problem
