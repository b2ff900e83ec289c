"""Writing examples out again, in any format that can hold them, one after the other in constant memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from training.errors import UnreadableRow
from training.formats import FORMATS, writer
from training.formats.canonical import Canonical
from training.formats.cells import csv_lines
from training.models import Dataset, Example

JSON_LINES, CSV = "jsonl", "csv"
BOM = "\ufeff"  # by which spreadsheets know that a table is UTF-8
LOOKED_AT = 1000
WRITABLE = {name: module.TITLE for name, module in FORMATS.items() if hasattr(module, "write")}


@dataclass(frozen=True)
class Outcome:
    """What became of one example: its record, or why the format cannot hold it."""

    example: int
    record: dict[str, Any] | None
    reason: str = ""


def export(
    *, dataset: Dataset, format: str, path: Path, states: Collection[str] = (), split: str = "", kind: str = JSON_LINES
) -> dict[str, Any]:
    """Write the examples to a file, whole or not at all: {"examples", "written", "left_out": [{"example", "reason"}]}.

    Raises UnreadableSource for a format that does not exist or is only read.
    """
    left_out: list[dict[str, Any]] = []
    count = 0

    def counted() -> Iterator[Outcome]:
        nonlocal count
        for outcome in outcomes(dataset=dataset, format=format, states=states, split=split):
            count += 1
            if outcome.record is None:
                left_out.append({"example": outcome.example, "reason": outcome.reason})
            yield outcome

    write_lines(path, lines(counted(), format=format, kind=kind))
    return {"examples": count, "written": count - len(left_out), "left_out": left_out}


def outcomes(*, dataset: Dataset, format: str, states: Collection[str] = (), split: str = "") -> Iterator[Outcome]:
    """One for each chosen example, in order. Raises UnreadableSource, before the first one is asked for."""
    write = writer(format)
    rows = chosen(dataset=dataset, states=states, split=split)
    return (outcome(write, example) for example in rows.select_related("brand").iterator(chunk_size=500))


def chosen(*, dataset: Dataset, states: Collection[str] = (), split: str = "") -> Any:
    rows = dataset.examples.order_by("pk")
    rows = rows.filter(state__in=states) if states else rows
    return rows.filter(split=split) if split else rows


def outcome(write: Callable[[Canonical], dict[str, Any]], example: Example) -> Outcome:
    try:
        return Outcome(example.pk, write(canonical(example)))
    except UnreadableRow as problem:
        return Outcome(example.pk, None, str(problem))


def lines(found: Iterable[Outcome], *, format: str, kind: str) -> Iterator[bytes]:
    """The lines of the file, as JSON objects or as a table whose cells no spreadsheet runs."""
    records = (each.record for each in found if each.record is not None)
    if kind == CSV:
        return (line.encode() for line in chain([BOM], csv_lines(format, records)))
    return (f"{json.dumps(record, ensure_ascii=False)}\n".encode() for record in records)


def write_lines(path: Path, content: Iterable[bytes]) -> None:
    """Put the file there, or leave what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.writelines(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def left_behind(
    *, dataset: Dataset, format: str, states: Collection[str] = (), split: str = ""
) -> list[tuple[Outcome, int]]:
    """Of the first thousand examples those the format cannot hold: one for each reason, and how many have it."""
    found = islice(outcomes(dataset=dataset, format=format, states=states, split=split), LOOKED_AT)
    by_reason: dict[str, list[Outcome]] = {}
    for each in found:
        if each.record is None:
            by_reason.setdefault(each.reason, []).append(each)
    return [(refused[0], len(refused)) for refused in by_reason.values()]


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
