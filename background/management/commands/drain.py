"""`manage.py drain WORKER`: let a worker finish what it does and take nothing else, before a deploy."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.workers import drain


class Command(SentenceCommand):
    needs_database = False
    help = "Let a worker finish its job, take no other, and leave. `manage.py workers` shows when it has."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("worker", help="its name, as `manage.py workers` lists it")

    def handle(self, *args: Any, worker: str, **options: Any) -> None:
        news = drain(worker)
        what = "finishes its job, takes no other and leaves" if news.job else "takes no job any more and leaves"
        self.stdout.write(f"{worker} {what}. `manage.py workers` shows when it has.")
