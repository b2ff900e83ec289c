"""`manage.py work QUEUE`: one worker of one queue, until it is told to stop."""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from background.commands import SentenceCommand
from background.errors import QueueUnavailable
from background.worker import make_worker


class Command(SentenceCommand):
    needs_database = False
    help = "Work the jobs of one queue, one after another, each in a process of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", help=f"one of: {', '.join(settings.QUEUES)}")
        parser.add_argument("--burst", action="store_true", help="leave as soon as the queue is empty")

    def handle(self, *args: Any, queue: str, burst: bool, **options: Any) -> None:
        if queue not in settings.QUEUES:
            raise CommandError(f"There is no queue {queue}. Choose one of: {', '.join(settings.QUEUES)}.")
        try:
            make_worker(queue).work(burst=burst, logging_level=None)
        except redis.RedisError as problem:
            raise QueueUnavailable(
                "The queue does not answer. `manage.py serve` starts one here; with REDIS_URL set, check "
                "that Redis runs there."
            ) from problem
