"""What a generation worker may run. Imported by nobody."""

from __future__ import annotations

from background.lease import Lease
from background.running import run_leased
from generation.models import Content
from generation.services import work_content


def generate(pk: str) -> None:
    def work(lease: Lease) -> None:
        from training.ml.answering import answer

        work_content(lease, answer)

    run_leased(Content, pk, work)
