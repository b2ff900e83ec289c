"""Bringing the database up to date before anything runs on it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from background.errors import ProblemError


class DatabaseUnavailable(ProblemError):
    """The database cannot be reached or opened."""


def pending_migrations() -> int:
    """How many migrations are still to be applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate(say: Callable[[str], object]) -> None:
    """Apply what is pending, and say so. Raises DatabaseUnavailable."""
    try:
        pending = pending_migrations()
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
            say(f"Database: {pending} migration{'s' if pending != 1 else ''} applied.")
    except OperationalError as problem:
        name = connection.settings_dict["NAME"]
        raise DatabaseUnavailable(
            f"The database {name} cannot be used ({str(problem).strip()}). Check DATABASE_URL, that the "
            "server runs, and that the folder may be written."
        ) from problem
