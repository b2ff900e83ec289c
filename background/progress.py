"""How a command shows work: bars on a terminal, plain lines in a log, nothing at all for scripts."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from background.models import BackgroundJob
from background.watching import follow


class ProgressDisplay:
    """A list of tasks with bars. `quiet` shows nothing; where there is no terminal each step is a line."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = Console(file=sys.stderr, quiet=quiet)
        self.live = self.console.is_terminal and not quiet
        self.bars = Progress(
            TextColumn("{task.description:<34}", markup=False), BarColumn(28), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), TextColumn("[dim]{task.fields[step]}"), console=self.console,
        )  # fmt: skip

    def __enter__(self) -> ProgressDisplay:
        if self.live:
            self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.bars.stop()

    def say(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, highlight=False)

    def watch(self, title: str, row: BackgroundJob) -> None:
        """Follow a job to its end as one bar. Raises JobFailed unless it completed."""
        task, last = self.bars.add_task(title, total=1.0, step=""), ""

        def show(row: BackgroundJob) -> None:
            nonlocal last
            self.bars.update(task, completed=row.progress, step=row.step)
            if not self.live and row.step and row.step.split(":")[0] != last:
                last = row.step.split(":")[0]
                self.say(f"{title}: {row.step}")

        follow(row, show)
        self.bars.update(task, completed=1.0, step="")
