"""The rows an augmentation makes on their way to drafts: checked, new, linked to their source and on its side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from brands.models import Brand
from training.augmenting.outcomes import LeftOut, Row
from training.models import Augmentation, Example, Finding
from training.services.admission import BATCH, Admission, Skip
from training.services.augmented_rows import Attempt
from training.services.content import content_hash
from training.services.findings import findings_of

SAMPLES = 6


def folder(row: Augmentation) -> Path:
    return Path(settings.VAR_DIR) / "augmentations" / str(row.pk)


def is_dry_run(row: Augmentation) -> bool:
    return bool(row.options.get("dry_run", True))


class NewRows(Admission):
    """Lets the rows of one augmentation in: what the checks call an error stays outside."""

    samples_kept = SAMPLES

    def __init__(self, row: Augmentation, tell: Callable[[Skip], None]) -> None:
        super().__init__(row.dataset, folder(row), near=True, dry_run=is_dry_run(row), tell=tell)
        self.row = row
        self.brands: dict[str, str] = {}

    def take(self, attempt: Attempt) -> None:
        """One attempt: a draft, or the reason why there is none."""
        self.counts["attempts"] += 1
        source = attempt.source
        if isinstance(attempt.made, LeftOut):
            return self.skip(source.pk, "", attempt.made.outcome, attempt.made.reason)
        example = self.example(source, attempt.made, attempt.brand)
        wrong = next((f for f in findings_of(example) if f.severity == Finding.Severity.ERROR), None)
        if wrong:
            return self.skip(source.pk, wrong.where, "unsound", wrong.message)
        if not self.is_new(source.pk, example):
            return None
        self.counts["made"] += 1
        if example.brand and self.row.method == Augmentation.Method.BRANDS:
            self.brands[example.brand.name] = example.brand.industry
        self.waiting.append((source.pk, example))
        if len(self.waiting) >= BATCH:
            self.flush()
        return None

    def example(self, source: Example, made: Row, brand: Brand | None) -> Example:
        context = "" if self.row.method == Augmentation.Method.BRANDS else made["context"]
        return Example(
            dataset=source.dataset,
            split=source.split,
            task=source.task,
            language=source.language,
            messages=made["messages"],
            tools=made["tools"],
            brand=brand,
            context=context,
            group=source.group or own_group(source),
            synthetic=True,
            source=f"{self.row.method}: example {source.pk}",
            content_hash=content_hash(source.split, made["messages"], context),
            made_from=source,
            augmented_by=self.row,
        )

    def name(self, number: int) -> str:
        return f"another row made from example {number}"

    def compared(self, messages: Any) -> str:
        """What is said: rows with the same call in other words are wanted here."""
        return "\n".join(str(message.get("content") or "") for message in messages)

    def write(self, examples: Sequence[Example], findings: Sequence[Finding]) -> None:
        """The drafts with their brands; a source without a group gets one, so that both stay on one side."""
        brands = (example.brand for example in examples if example.brand is not None)
        for brand in {id(brand): brand for brand in brands if brand.pk is None}.values():
            brand.full_clean()
            brand.save()
        sources = {source.pk: source for e in examples if (source := e.made_from) and not source.group}
        for source in sources.values():
            Example.objects.filter(pk=source.pk, group="").update(group=own_group(source))
        super().write(examples, findings)

    def shown(self, examples: Sequence[Example], count: int) -> Sequence[Example]:
        """The first of each brand before the second of any."""
        met: Counter[int] = Counter()
        places = []
        for example in examples:
            places.append(met[id(example.brand)] if example.brand else 0)
            met[id(example.brand)] += 1
        order = sorted(range(len(examples)), key=places.__getitem__)
        return [examples[place] for place in order[:count]]

    def sample(self, example: Example) -> dict[str, Any]:
        brand = example.brand.name if example.brand else ""
        return super().sample(example) | {
            "brand": brand,
            "language": example.language,
            "source": example.made_from_id,
        }

    def told(self) -> dict[str, Any]:
        """What the row keeps: outcomes counted, the first that were left out, samples, and invented brands."""
        return {"outcomes": dict(self.counts), "faults": self.faults, "samples": self.samples, "brands": self.brands}


def own_group(source: Example) -> str:
    return f"example-{source.pk}"
