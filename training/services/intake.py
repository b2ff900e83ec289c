"""What becomes of one record of an import: examples, or a skip with its reason."""

from __future__ import annotations

from collections.abc import Callable

from brands.models import Brand
from training.errors import UnreadableRow
from training.formats import reader
from training.formats.canonical import Canonical
from training.models import Example, Import, Split
from training.packs.rows import group_name
from training.scoring.fidelity import THAI
from training.services.admission import BATCH, Admission, SeenRows, Skip
from training.services.content import content_hash
from training.sources import Record

__all__ = ["Intake", "SeenRows"]


class Intake(Admission):
    """Takes the records of one import; `counts` has rows by outcome and examples, `flush` writes what waits."""

    def __init__(self, row: Import, format: str, tell: Callable[[Skip], None]) -> None:
        self.row, self.format = row, format
        self.read = reader(format, row.options.get("columns"))
        near = bool(row.options.get("near", True))
        super().__init__(row.dataset, row.directory, near=near, dry_run=row.dry_run, tell=tell)
        self.brands: dict[str, Brand] = {b.slug: b for b in Brand.objects.of(row.team)}

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
        return example if self.is_new(number, example) else None

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


def usual_task(row: Canonical) -> str:
    return "tool_calls" if any(message.get("tool_calls") for message in row.messages) else "chat"


def language_of(row: Canonical) -> str:
    """Thai where at least a third of the letters are, else English where there are letters at all."""
    text = "".join(str(message.get("content") or "") for message in row.messages)
    letters = [letter for letter in text if letter.isalpha()]
    thai = sum(THAI[0] <= letter <= THAI[-1] for letter in letters)
    return "" if not letters else "th" if 3 * thai >= len(letters) else "en"
