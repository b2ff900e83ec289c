"""What every new row passes before it becomes a draft: nothing twice, nothing nearly the same, and the checks."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from training.models import Dataset, Example, Finding
from training.near_duplicates import NearDuplicates
from training.services.findings import current_tools, findings_of

BATCH = 500
FIRST_FAULTS = 20
SAMPLES = 3
MOST_COMPARED = 30_000  # rows near duplicates are looked for among: up to 6 KB of each stay in memory, 180 MB
Skip = dict[str, Any]


class Admission:
    """Lets examples into a dataset; `counts` has rows by outcome, `flush` writes what waits unless it is a dry run."""

    samples_kept = SAMPLES

    def __init__(
        self, dataset: Dataset, directory: Path, *, near: bool, dry_run: bool, tell: Callable[[Skip], None]
    ) -> None:
        self.dry_run, self.tell = dry_run, tell
        self.tools = current_tools(dataset.team_id)
        self.counts: dict[str, int] = Counter()
        self.faults: list[Skip] = []
        self.samples: list[dict[str, Any]] = []
        self.seen = SeenRows(str(directory / "seen.sqlite"))
        self.near: NearDuplicates[str] | None = NearDuplicates() if near else None
        self.waiting: list[tuple[int, Example]] = []
        for example in dataset.examples.order_by("pk").iterator(chunk_size=BATCH):
            self.seen.add(example.content_hash)
            self.compare(f"example {example.pk}", example.messages)

    def is_new(self, number: int, example: Example) -> bool:
        """Whether the example is not here yet; one that is, is told as skipped."""
        if not self.seen.add(example.content_hash):
            self.skip(number, "", "duplicate", "The same conversation is here already.")
            return False
        if alike := self.compare(self.name(number), example.messages):
            self.skip(number, "", "near_duplicate", f"It is nearly the same as {alike[0]} ({alike[1]:.0%} alike).")
            return False
        return True

    def name(self, number: int) -> str:
        """What a new row is called when another is nearly the same."""
        return f"row {number}"

    def compare(self, key: str, messages: Any) -> tuple[str, float] | None:
        """The row that says nearly the same, and how much of it."""
        if self.near is None or len(self.near) >= MOST_COMPARED:
            return None
        return max(self.near.add(key, self.compared(messages)), key=lambda found: found[1], default=None)

    def compared(self, messages: Any) -> str:
        """What is compared of a conversation: all that is said and called."""
        return "\n".join(str(m.get("content") or "") + str(m.get("tool_calls") or "") for m in messages)

    def skip(self, number: int, field: str, outcome: str, reason: str) -> None:
        """Count the row, tell it, and keep it if it is one of the first."""
        told = {"row": number, "field": field, "outcome": outcome, "reason": reason}
        self.counts[outcome] += 1
        self.tell(told)
        if len(self.faults) < FIRST_FAULTS:
            self.faults.append(told)

    def flush(self) -> None:
        """Check the waiting examples and write them, unless this is a dry run."""
        examples = [example for _, example in self.waiting]
        findings = [found for example in examples for found in findings_of(example, self.tools)]
        for finding in findings:
            self.counts[finding.severity] += 1
        self.samples += [
            self.sample(example) for example in self.shown(examples, self.samples_kept - len(self.samples))
        ]
        if not self.dry_run:
            with transaction.atomic():
                self.write(examples, findings)
        self.waiting = []

    def write(self, examples: Sequence[Example], findings: Sequence[Finding]) -> None:
        Example.objects.bulk_create(examples)
        Finding.objects.bulk_create(findings)

    def shown(self, examples: Sequence[Example], count: int) -> Sequence[Example]:
        """Those of which samples are kept."""
        return examples[:count]

    def sample(self, example: Example) -> dict[str, Any]:
        return {"messages": example.messages, "tools": example.tools, "context": example.context, "task": example.task}

    def close(self) -> None:
        self.seen.close()


class SeenRows:
    """A set of hashes on disk: a file of millions of rows must not fill the memory."""

    def __init__(self, path: str) -> None:
        self.base = sqlite3.connect(path, isolation_level=None)
        self.base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; DROP TABLE IF EXISTS seen;"
            "CREATE TABLE seen (hash BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN;"
        )

    def add(self, digest: str) -> bool:
        """Whether it was new."""
        key = hashlib.blake2b(digest.encode(), digest_size=16).digest()
        return self.base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1

    def close(self) -> None:
        self.base.close()
