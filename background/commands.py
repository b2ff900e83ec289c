"""The base of the project's commands: an expected problem ends in its sentence and a non-zero exit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from background import disk
from background.errors import ProblemError
from background.migrating import make_ready


class SentenceCommand(BaseCommand):
    """A management command in which a ProblemError or a full disk is one sentence, never a traceback.

    The first one that is run makes the database's tables; a command with `needs_database` False leaves it alone.
    """

    needs_database = True

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            if self.needs_database:
                make_ready(self.stderr.write)
            return super().execute(*args, **options)
        except ProblemError as problem:
            raise CommandError(str(problem)) from problem
        except Exception as problem:
            if not disk.is_full(problem):
                raise
            raise CommandError("The disk is full: make room, then run this again.") from problem
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None
