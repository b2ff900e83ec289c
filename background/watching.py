"""Following a job from a terminal until it is over."""

from __future__ import annotations

import time
from collections.abc import Callable

from background.errors import JobFailed
from background.models import BackgroundJob, JobState

POLL_SECONDS = 0.5


def follow(row: BackgroundJob, show: Callable[[BackgroundJob], object] = lambda row: None) -> None:
    """Call `show` with the row as it changes, until it is over. Raises JobFailed unless it completed."""
    while True:
        row.refresh_from_db()
        show(row)
        if row.is_over:
            break
        time.sleep(POLL_SECONDS)
    if row.state != JobState.COMPLETED:
        raise JobFailed(f"{row}: {row.get_state_display()}. {row.reason}")
