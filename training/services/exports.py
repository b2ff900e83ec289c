"""Writing examples out again, in any format that can hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from background.disk import write_whole
from training.errors import UnreadableRow
from training.formats import writer
from training.formats.canonical import Canonical
from training.models import Dataset, Example


def export(*, dataset: Dataset, format: str, path: Path, state: str = "") -> dict[str, Any]:
    """Write the dataset's examples as JSON Lines: {"examples", "written", "left_out": [{"example", "reason"}]}.

    Raises UnreadableSource for a format that does not exist or is only read.
    """
    write = writer(format)
    left_out: list[dict[str, Any]] = []
    lines: list[str] = []
    for example in chosen(dataset, state):
        try:
            lines.append(json.dumps(write(canonical(example)), ensure_ascii=False))
        except UnreadableRow as problem:
            left_out.append({"example": example.pk, "reason": str(problem)})
    write_whole(path, "".join(line + "\n" for line in lines).encode())
    return {"examples": len(lines) + len(left_out), "written": len(lines), "left_out": left_out}


def chosen(dataset: Dataset, state: str) -> Iterator[Example]:
    rows = dataset.examples.select_related("brand").order_by("pk")
    return (rows.filter(state=state) if state else rows).iterator(chunk_size=500)


def canonical(example: Example) -> Canonical:
    details = {
        "brand": example.brand.slug if example.brand else "",
        "context": example.context,
        "expected": example.expected,
        "split": example.split,
        "kind": example.kind,
        "synthetic": example.synthetic,
        "source": example.source,
    }
    return Canonical(
        messages=example.messages,
        tools=example.tools,
        task=example.task,
        language=example.language,
        group=example.group,
        details=details,
    )
