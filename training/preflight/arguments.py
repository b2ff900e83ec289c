"""Arguments must be objects: a model trained on JSON text learns to write quotes around everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from training.preflight.verdicts import Check, Verdict, counted
from training.preflight.written import Row, example, first

CHECK = Check("arguments_as_objects", "Arguments as objects")
SHOWN = 3
CURE = "Mend these examples (the review page offers it), then freeze the dataset again."


def arguments_as_objects(rows: Sequence[Row]) -> Verdict:
    wrong = [row for row in rows if any(not isinstance(each, Mapping) for each in arguments(row))]
    if wrong:
        shown = [f"{example(row)} gives {spoiled(row)!r}" for row in wrong[:SHOWN]]
        said = f"{counted(len(wrong), 'example')} of {len(rows):,} give arguments that are no objects"
        return CHECK.failed(f"{said}: {first(shown, len(wrong))}.", CURE)
    count = sum(1 for row in rows for _ in arguments(row))
    if not count:
        return CHECK.skipped("These rows call no tools.")
    return CHECK.passed(f"The arguments of all {counted(count, 'call')} are objects.")


def arguments(row: Row) -> Iterator[Any]:
    for message in row["messages"]:
        for call in message.get("tool_calls") or ():
            yield call["function"]["arguments"]


def spoiled(row: Row) -> Any:
    found: Iterable[Any] = (each for each in arguments(row) if not isinstance(each, Mapping))
    value = next(iter(found))
    return value[:80] if isinstance(value, str) else value
