"""`manage.py reconcile`: put right, now, what a crash left behind."""

from __future__ import annotations

from typing import Any

from background.commands import SentenceCommand
from background.reconcile import reconcile


class Command(SentenceCommand):
    needs_database = False
    help = "Take back jobs whose worker is gone and send again those the queue lost. `serve` does it by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        sentences = reconcile()
        for sentence in sentences or ["Nothing to put right."]:
            self.stdout.write(sentence)
