"""What becomes of one record of an import: examples, or a skip with its reason."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import transaction

from brands.models import Brand
from training.errors import UnreadableRow
from training.formats import reader
from training.formats.canonical import Canonical
from training.models import Example, Finding, Import, Split
from training.near_duplicates import NearDuplicates
from training.packs.rows import group_name
from training.scoring.fidelity import THAI
from training.services.content import content_hash
from training.services.findings import findings_of
from training.sources import Record

BATCH = 500
FIRST_FAULTS = 20
SAMPLES = 3
MOST_COMPARED = 40_000  # rows near duplicates are looked for among: up to 6 KB of each stay in memory
Skip = dict[str, Any]


class Intake:
    """Takes the records of one import; `counts` has rows by outcome and examples, `flush` writes what waits."""

    def __init__(self, row: Import, format: str, tell: Callable[[Skip], None]) -> None:
        self.row, self.format, self.tell = row, format, tell
        self.read = reader(format, row.options.get("columns"))
        self.counts: dict[str, int] = Counter()
        self.faults: list[Skip] = []
        self.samples: list[dict[str, Any]] = []
        self.brands: dict[str, Brand] = {b.slug: b for b in Brand.objects.of(row.team)}
        self.seen = SeenRows(str(row.directory / "seen.sqlite"))
        self.near: NearDuplicates[str] | None = NearDuplicates() if row.options.get("near", True) else None
        self.waiting: list[tuple[int, Example]] = []
        for example in row.dataset.examples.order_by("pk").iterator(chunk_size=BATCH):
            self.seen.add(example.content_hash)
            self.compare(f"example {example.pk}", example.messages)

    def take(self, record: Record) -> None:
        """One record: a skip, or as many examples as its format makes of it."""
        self.counts["rows"] += 1
        if record.value is None:
            return self.skip(record.number, record.field, "unreadable", record.problem)
        try:
            found = self.read(record.value)
        except UnreadableRow as problem:
            return self.skip(record.number, problem.field, "unreadable", str(problem))
        kept = [example for each in found if (example := self.fresh(record.number, each))]
        self.counts["imported"] += bool(kept)
        self.counts["examples"] += len(kept)
        self.waiting += [(record.number, example) for example in kept]
        if len(self.waiting) >= BATCH:
            self.flush()

    def fresh(self, number: int, row: Canonical) -> Example | None:
        """The example of a row that is not here yet; otherwise None, and the row is told as skipped."""
        example = self.example(number, row)
        if not self.seen.add(example.content_hash):
            self.skip(number, "", "duplicate", "The same conversation is here already.")
            return None
        if alike := self.compare(f"row {number}", row.messages):
            self.skip(number, "", "near_duplicate", f"It is nearly the same as {alike[0]} ({alike[1]:.0%} alike).")
            return None
        return example

    def compare(self, key: str, messages: Any) -> tuple[str, float] | None:
        """The row that says nearly the same, and how much of it."""
        if self.near is None or len(self.near) >= MOST_COMPARED:
            return None
        text = "\n".join(str(m.get("content") or "") + str(m.get("tool_calls") or "") for m in messages)
        return max(self.near.add(key, text), key=lambda found: found[1], default=None)

    def skip(self, number: int, field: str, outcome: str, reason: str) -> None:
        """Count the row, tell it, and keep it if it is one of the first."""
        told = {"row": number, "field": field, "outcome": outcome, "reason": reason}
        self.counts[outcome] += 1
        self.tell(told)
        if len(self.faults) < FIRST_FAULTS:
            self.faults.append(told)

    def example(self, number: int, row: Canonical) -> Example:
        known = row.details
        split = known["split"] if known.get("split") in Split.values else Split.TRAIN
        context = str(known.get("context") or "")
        asked = next((str(m.get("content") or "") for m in row.messages if m["role"] == "user"), "")
        return Example(
            dataset=self.row.dataset,
            split=split,
            task=(row.task or usual_task(row))[:40],
            language=(row.language or language_of(row))[:8],
            messages=row.messages,
            tools=row.tools,
            brand=self.brands.get(str(known.get("brand") or "")),
            context=context,
            expected=known.get("expected") or {},
            group=(row.group or group_name(asked))[:120],
            kind=str(known.get("kind") or "")[:40],
            synthetic=bool(known.get("synthetic")),
            source=f"{self.row.file_name[-180:]}:{number}",
            content_hash=content_hash(split, row.messages, context),
            imported_by=self.row,
        )

    def flush(self) -> None:
        """Check the waiting examples and write them, unless this is a dry run."""
        examples = [example for _, example in self.waiting]
        findings = [found for example in examples for found in findings_of(example)]
        for finding in findings:
            self.counts[finding.severity] += 1
        self.samples += [sample(example) for example in examples[: SAMPLES - len(self.samples)]]
        if not self.row.dry_run:
            with transaction.atomic():
                Example.objects.bulk_create(examples)
                Finding.objects.bulk_create(findings)
        self.waiting = []

    def close(self) -> None:
        self.seen.close()


def sample(example: Example) -> dict[str, Any]:
    return {"messages": example.messages, "tools": example.tools, "context": example.context, "task": example.task}


def usual_task(row: Canonical) -> str:
    return "tool_calls" if any(message.get("tool_calls") for message in row.messages) else "chat"


def language_of(row: Canonical) -> str:
    """Thai where at least a third of the letters are, else English where there are letters at all."""
    text = "".join(str(message.get("content") or "") for message in row.messages)
    letters = [letter for letter in text if letter.isalpha()]
    thai = sum(THAI[0] <= letter <= THAI[-1] for letter in letters)
    return "" if not letters else "th" if 3 * thai >= len(letters) else "en"


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
