"""How long each step of the demo took, and how much memory the program and its workers held at most."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

SAMPLE_SECONDS = 0.5


class Meter:
    """`with meter.step("…"):` around each step; `meter.steps` has [{"step", "seconds", "peak_rss_mb"}]."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        over, peak = threading.Event(), [resident()]

        def sample() -> None:
            while not over.wait(SAMPLE_SECONDS):
                peak[0] = max(peak[0], resident())

        thread = threading.Thread(target=sample, name="meter", daemon=True)
        thread.start()
        began = time.monotonic()
        try:
            yield
        finally:
            over.set()
            thread.join()
        seconds = round(time.monotonic() - began, 1)
        self.steps.append({"step": name, "seconds": seconds, "peak_rss_mb": round(peak[0] / 2**20)})


def resident() -> int:
    """Bytes of memory that this process and all below it hold; shared pages count once for each."""
    total = 0
    this = psutil.Process()
    for process in [this, *this.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:  # it ended between the listing and the question
            continue
    return total
