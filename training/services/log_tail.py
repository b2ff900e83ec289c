"""The end of what a stage's trainer wrote down, for people who watch it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from training.models import Stage

LINES, LONGEST, BYTES = 40, 300, 32_768
UNPRINTABLE = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def log_tail(stage: Stage) -> list[str]:
    """The last lines of the stage's `train.log`, at most 40 of at most 300 characters; none where there is no file.

    Reads no more than the last 32 kB, follows no link, and leaves out what a terminal would act upon.
    """
    try:
        text = end_of(stage.run.directory / f"stage-{stage.number}" / "train.log").decode("utf-8", "replace")
    except OSError:
        return []
    return [cut(UNPRINTABLE.sub("", line)) for line in text.split("\n") if line.strip()][-LINES:]


def end_of(path: Path) -> bytes:
    """The last whole lines of a file. Raises OSError for a link and for what is no file."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - BYTES))
        content = file.read(BYTES)
    return content if size <= BYTES else content.partition(b"\n")[2]


def cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
