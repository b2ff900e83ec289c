"""`manage.py serve`: web, queue, workers and reconcile in one terminal, ended by one Ctrl-C."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import CommandParser

from aidirector.supervisor import Supervisor
from background.commands import SentenceCommand
from background.migrating import migrate


class Command(SentenceCommand):
    needs_database = False
    help = "Run everything: the web server, the queue and one worker for each queue. Ctrl-C ends it all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument("--no-web", action="store_true", help="queue and workers only")

    def handle(self, *args: Any, host: str, port: int, no_web: bool, **options: Any) -> None:
        over = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: over.set())
        migrate(self._say)
        with Supervisor(web=not no_web, host=host, port=port, say=self._say):
            self._say("Ctrl-C ends everything.")
            over.wait()
            self._say("Stopping. A running job goes back to its queue and resumes with the next start.")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
