"""From what the arms answered to the figures and rows of an evaluation report. Pure.

Each measure is done by doing the task: calls are parsed and compared, texts are searched for the facts
they should hold. Wordings and brands that were never seen are reported apart (`strict_unseen_wording`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from training.errors import UnreadableCall
from training.functiongemma import Parsed, parse
from training.scoring import calls, fidelity
from training.scoring.intervals import Figure, mean, share

Row = dict[str, Any]
Verdict = dict[str, Any]
NO_MEASURES = {"text", "right", "why"}
MAIN_MEASURES = ("strict", "fidelity")  # of calls and of texts


def question(row: Row) -> Row:
    """The row as it is asked: everything before the assistant's last turn."""
    messages = row["messages"]
    return row | {"messages": messages[:-1] if messages[-1]["role"] == "assistant" else messages}


def wanted_calls(row: Row) -> list[dict[str, Any]]:
    last = row["messages"][-1]
    return [call["function"] for call in last.get("tool_calls") or ()] if last["role"] == "assistant" else []


def read(text: str) -> Parsed | None:
    """The answer parsed, or None when a call in it cannot be read."""
    try:
        return parse(text)
    except UnreadableCall:
        return None


def judge(row: Row, text: str) -> Verdict:
    """One answer's verdict: {"right", "why", ...measures}, by whether calls or a text are expected."""
    calls = row["task"] == "tool_calls" or "calls" in row["expected"]
    return judge_calls(row, text) if calls else judge_text(row, text)


def judge_calls(row: Row, text: str) -> Verdict:
    answer = read(text)
    score = calls.score(wanted_calls(row), answer)
    valid = answer is not None and calls.schema_valid(answer.calls, row["tools"])
    return {
        "text": text, "right": score.strict, "why": score.wrong,
        "strict": score.strict, "names": score.names, "readable": score.readable, "schema_valid": valid,
    }  # fmt: skip


def judge_text(row: Row, text: str) -> Verdict:
    score = fidelity.score(text, row["expected"], row["language"])
    faults = [
        f"{name}: {', '.join(found)}" for name in ("missing", "foreign", "banned") if (found := getattr(score, name))
    ]
    return {
        "text": text, "right": score.complete, "why": "; ".join(faults),
        "fidelity": score.fidelity, "complete": score.complete, "hallucinated": bool(score.foreign),
        "language_match": score.language_match,
    }  # fmt: skip


def figures(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, dict[str, float]]:
    """Every measure over the rows it applies to, then the main ones by kind of row.

    The shape is {measure: {"value", "n", "low", "high"}}.
    """
    judged = list(zip((row["kind"] for row in rows), verdicts, strict=True))
    measures = dict.fromkeys(name for _, verdict in judged for name in verdict if name not in NO_MEASURES)
    found = {name: figure([v[name] for _, v in judged if name in v]).as_json() for name in measures}
    for main, kind in product(MAIN_MEASURES, sorted({kind for kind, _ in judged if kind})):
        chosen = [verdict[main] for k, verdict in judged if k == kind and main in verdict]
        if chosen:
            found[f"{main}_{kind}"] = figure(chosen).as_json()
    return found


def figure(values: Sequence[Any]) -> Figure:
    if all(isinstance(value, bool) for value in values):
        return share(sum(values), len(values))
    return mean([float(value) for value in values])


def agreement(one: Sequence[str], other: Sequence[str]) -> Figure:
    """The share of rows to which two arms gave the same text."""
    return share(sum(a == b for a, b in zip(one, other, strict=True)), len(one))


def report_rows(rows: Sequence[Row], verdicts: dict[str, list[Verdict]]) -> list[Row]:
    """One readable line per row: what was asked, what was expected, what each arm answered."""
    return [
        {
            "example": row["example"],
            "kind": row["kind"],
            "prompt": question(row)["messages"][-1]["content"],
            "expected": wanted_calls(row) or row["expected"],
            "answers": {arm: {k: v[i][k] for k in ("text", "right", "why")} for arm, v in verdicts.items()},
        }
        for i, row in enumerate(rows)
    ]
