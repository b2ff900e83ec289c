"""The stages of a run, and which rows each of them learns from: the curriculum, its rows, what is kept out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from training.errors import ImpossiblePlan

Row = dict[str, Any]


def curriculum(names: list[str], sizes: str) -> list[list[str]] | None:
    """Stages of growing tool sets, `sizes` as "2,4,8"; all the tools at once when it is empty, None without tools.

    Raises ImpossiblePlan for sizes that do not grow or ask for more tools than there are.
    """
    if not names:
        return None
    if not sizes:
        return [names]
    parts = [int(part) if part.strip().isdecimal() else 0 for part in sizes.split(",")]
    if parts != sorted(set(parts)) or parts[0] < 1 or parts[-1] > len(names):
        raise ImpossiblePlan(f"The curriculum '{sizes}' must be growing numbers of tools, at most {len(names)}.")
    return [names[:size] for size in parts]


def stage_rows(rows: list[dict[str, Any]], split: str, tools: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The rows of one side of the split that a stage may use, each declaring all the stage's tools.

    Without tools these are all rows; with tools, those that call no other. Order is kept.
    """
    names = {tool["function"]["name"] for tool in tools}
    chosen = [row for row in rows if row["split"] == split]
    if not tools:
        return tuple(chosen)
    fitting = [row for row in chosen if {t["function"]["name"] for t in row["tools"]} <= names]
    return tuple(row | {"tools": tools} for row in fitting)


def validation_share(rows: tuple[dict[str, Any], ...], every: int = 12) -> tuple[tuple[dict[str, Any], ...], ...]:
    """(training, validation): whole groups go to validation, the same each time.

    Of the groups in order, every `every`-th from the middle on: one of 11 brands, a few per cent of many
    wordings, because training needs the variety more than the curve needs points.
    """
    groups = sorted({row["group"] for row in rows})
    kept_out = set(groups[len(groups) // 2 :: every]) if len(groups) > 4 else set()
    return (
        tuple(row for row in rows if row["group"] not in kept_out),
        tuple(row for row in rows if row["group"] in kept_out),
    )


def conversations(rows: tuple[Row, ...], turns: int, seed: int, longest: int) -> tuple[Row, ...]:
    """The rows, shuffled, with up to `turns` of the same tools and context joined into one conversation.

    Its texts have together no more characters than `longest`, the tokens a conversation has room for.
    """
    if turns < 2:
        return rows
    waiting: dict[str, list[Row]] = {}
    for row in Random(seed).sample(rows, len(rows)):
        key = json.dumps([row["context"], row["tools"]], sort_keys=True)
        waiting.setdefault(key, []).append(row)
    return tuple(
        part[0] | {"messages": [message for row in part for message in row["messages"]]}
        for alike in waiting.values()
        for part in parts(alike, turns, longest)
    )


def parts(rows: list[Row], turns: int, longest: int) -> Iterator[list[Row]]:
    part: list[Row] = []
    size = 0
    for row in rows:
        length = sum(map(characters, row["messages"]))
        if part and (len(part) == turns or size + length > longest):
            yield part
            part, size = [], 0
        part.append(row)
        size += length
    if part:
        yield part


def characters(message: Row) -> int:
    calls = message.get("tool_calls") or ()
    return len(message["content"] or "") + sum(len(str(call["function"]["arguments"])) for call in calls)
