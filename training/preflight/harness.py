"""Does the judge see a right answer? Wanted answers, read and judged as evaluations do it, and damaged ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.preflight.verdicts import Check, Verdict, counted
from training.preflight.written import opening
from training.scorecards import judge, wanted_calls

CHECK = Check("harness", "Evaluation sees a right answer")
TRIALS = 12
CURE = (
    "Evaluations read calls in the FunctionGemma format only: choose a base that writes it. Where this one does, "
    "correct what the held-out row expects."
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """A held-out row with a right and a damaged answer, both as the base would write them."""

    row: Row
    right: str
    damaged: str


def chosen(rows: Sequence[Row]) -> list[Row]:
    """Some of the rows that say what a right answer is, from all over."""
    asking = [row for row in rows if answered(row) is not None]
    return asking[:: max(1, -(-len(asking) // TRIALS))]


def answered(row: Row) -> Row | None:
    """The row with a right answer as its last turn; None where nothing says what a right answer is."""
    expected = row.get("expected") or {}
    if wants_calls(row):
        if row["messages"][-1]["role"] == "assistant":
            return row
        calls = [{"type": "function", "function": call} for call in expected.get("calls") or ()]
        return with_answer(row, {"role": "assistant", "content": "", "tool_calls": calls}) if calls else None
    facts = wanted_facts(expected)
    return with_answer(row, {"role": "assistant", "content": said(facts)}) if facts else None


def damaged(row: Row) -> Row | None:
    """The row with one thing of its right answer wrong; None where there is no right answer to damage."""
    right = answered(row)
    if right is None:
        return None
    if not wants_calls(row):
        return with_answer(row, {"role": "assistant", "content": said(wanted_facts(row["expected"])[1:]) or "…"})
    message = right["messages"][-1]
    first, *rest = message.get("tool_calls") or [none_wanted(row)]
    spoiled = first if not message.get("tool_calls") else {**first, "function": wrong(first["function"])}
    before = right | {"messages": right["messages"][:-1]}
    return with_answer(before, {**message, "tool_calls": [spoiled, *rest]})


def wants_calls(row: Row) -> bool:
    """As `training.scorecards.judge` decides it."""
    return row.get("task") == "tool_calls" or "calls" in (row.get("expected") or {})


def wanted_facts(expected: Mapping[str, Any]) -> list[str]:
    return [*expected.get("required", ()), *(group[0] for group in expected.get("any", ()) if group)]


def said(facts: Sequence[str]) -> str:
    return " — ".join(facts)


def with_answer(row: Row, message: Row) -> Row:
    return row | {"messages": [*row["messages"], message]}


def none_wanted(row: Row) -> Row:
    """A call where none is wanted."""
    names = [tool["function"]["name"] for tool in row.get("tools") or ()]
    return {"type": "function", "function": {"name": (names or ["something"])[0], "arguments": {}}}


def wrong(call: Row) -> Row:
    """The call with its first argument another, or of another tool when it takes none."""
    for name, value in call["arguments"].items():
        return call | {"arguments": {**call["arguments"], name: another(value)}}
    return call | {"name": f"{call['name']}_other"}


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value} other" if isinstance(value, str) else "other"


def harness(trials: Sequence[Trial]) -> Verdict:
    """Every right answer must be judged right, and neither a damaged nor an empty one."""
    if not trials:
        said = "No held-out row says what a right answer is: nothing can be judged."
        return CHECK.skipped(said, "Write what a right answer must hold into the held-out examples.")
    for trial in trials:
        found = judge(trial.row, trial.right)
        if not found["right"]:
            text = f"The right answer to {opening(trial.row)} was judged wrong. {found['why']}\n{trial.right[:300]}"
            return CHECK.failed(text, CURE)
        if judge(trial.row, trial.damaged)["right"] or (wanted(trial.row) and judge(trial.row, "")["right"]):
            text = f"A wrong answer to {opening(trial.row)} was judged right.\n{trial.damaged[:300]}"
            return CHECK.failed(text, CURE)
    return CHECK.passed(f"{counted(len(trials), 'right answer')} judged right, as many damaged ones judged wrong.")


def wanted(row: Row) -> bool:
    """Whether an empty answer is a wrong one."""
    return bool(wanted_calls(row)) if wants_calls(row) else True
