"""Freezing: the approved rows of a dataset become an immutable, hashed file."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from background.disk import write_whole
from brands.models import Team
from brands.retrieval import context_for
from training.errors import NothingToTrainOn, UnknownDataset
from training.models import Dataset, DatasetVersion, Example, Split, Tool


def find_dataset(*, team: Team, slug: str) -> Dataset:
    found: Dataset | None = Dataset.objects.of(team).filter(slug=slug).first()
    if found is None:
        known = ", ".join(Dataset.objects.of(team).values_list("slug", flat=True)) or "none yet"
        raise UnknownDataset(f"There is no dataset '{slug}' in {team.name}. Known datasets: {known}.")
    return found


def freeze(*, dataset: Dataset) -> DatasetVersion:
    """The version of the dataset as it is now; an unchanged dataset gives the version it already has.

    Raises NothingToTrainOn when no training row is approved.
    """
    examples = dataset.examples.filter(state=Example.State.APPROVED).select_related("brand").order_by("pk")
    rows = [frozen_row(example) for example in examples.iterator(chunk_size=500)]
    if not any(row["split"] == Split.TRAIN for row in rows):
        raise NothingToTrainOn(
            f"The dataset '{dataset.slug}' has no approved training rows: approve some, then freeze."
        )
    content = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()
    digest = hashlib.sha256(content).hexdigest()
    existing: DatasetVersion | None = dataset.versions.filter(sha256=digest).first()
    if existing:
        write_once(existing.path, content)
        return existing
    with transaction.atomic():
        last = dataset.versions.aggregate(last=Max("number"))["last"] or 0
        version: DatasetVersion = DatasetVersion(
            team=dataset.team,
            dataset=dataset,
            number=last + 1,
            sha256=digest,
            rows=len(rows),
            tools=declared_tools(dataset, rows),
            statistics=statistics(rows),
        )
        write_once(version.path, content)
        version.save()
    return version


def frozen_row(example: Example) -> dict[str, Any]:
    """The example as it is trained on and tested with, the brand's card of this moment included."""
    context = example.context
    if not context and example.brand:
        context = context_for(example.brand, example.language or "en")
    return {
        "example": example.pk,
        "split": example.split,
        "kind": example.kind,
        "task": example.task,
        "language": example.language,
        "brand": example.brand.slug if example.brand else "",
        "group": example.group,
        "synthetic": example.synthetic,
        "messages": example.messages,
        "tools": example.tools,
        "context": context,
        "expected": example.expected,
    }


def declared_tools(dataset: Dataset, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The current schema of every tool the rows call, in the order in which the team got to know them."""
    called = {tool["function"]["name"] for row in rows for tool in row["tools"]}
    current: dict[str, dict[str, Any]] = {}
    for tool in Tool.objects.of(dataset.team).filter(name__in=called).order_by("version", "pk"):
        current[tool.name] = tool.schema
    return list(current.values())


def statistics(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Counts of rows by what curators ask about first."""

    def counted(field: str) -> dict[str, int]:
        return dict(Counter(str(row[field]) or "none" for row in rows).most_common())

    tools = Counter(tool["function"]["name"] for row in rows for tool in row["tools"])
    return {
        **{field: counted(field) for field in ("split", "kind", "task", "language", "brand", "synthetic")},
        "tool": dict(tools.most_common()),
    }


def write_once(path: Path, content: bytes) -> None:
    """Put the file there whole, or not at all; one that is not what it was is written again."""
    if path.exists() and path.read_bytes() == content:
        return
    write_whole(path, content)


def read_rows(version: DatasetVersion) -> list[dict[str, Any]]:
    """The frozen rows. Raises NothingToTrainOn when the file is missing or is not the one that was frozen."""
    try:
        content = version.path.read_bytes()
    except OSError as problem:
        raise NothingToTrainOn(f"The rows of {version} are missing on disk: freeze the dataset again.") from problem
    if hashlib.sha256(content).hexdigest() != version.sha256:
        raise NothingToTrainOn(f"The rows of {version} were changed on disk: freeze the dataset again.")
    return [json.loads(line) for line in content.splitlines() if line]
