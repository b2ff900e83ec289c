"""`manage.py workers`: every worker of every queue, on whatever machine."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.workers import WorkerNews, all_workers

GIB = 2**30


class Command(SentenceCommand):
    needs_database = False
    help = "List the workers of every queue: machine, GPU, memory, present job, last heartbeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        workers = all_workers()
        if options["json"]:
            self.stdout.write(json.dumps({"workers": [news.as_json() for news in workers]}, indent=2))
            return
        for news in workers:
            self.stdout.write(line(news))
        if not workers:
            self.stdout.write("No worker is running. `manage.py serve` starts one for each queue.")


def line(news: WorkerNews) -> str:
    """A worker in one line, what matters most first."""
    memory = f"{news.memory_used / GIB:.1f} of {news.memory_total / GIB:.1f} GiB" if news.memory_total else "?"
    doing = f"{news.shown_state} on {news.job}" if news.job else news.shown_state
    parts = [news.name, doing, news.machine, f"GPU: {news.gpu or 'none'}", f"memory: {memory}"]
    return "  ".join([*parts, f"heard of {news.age:.0f} s ago"])
