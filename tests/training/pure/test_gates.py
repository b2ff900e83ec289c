from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import ImpossiblePlan
from training.functiongemma import call_text
from training.gates import FEWEST, forgetting, gate_report, gates_for, shares
from training.scorecards import judge

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"properties": {"song": {"type": "string"}}}}}
    for name in ("play", "queue")
]


def wish(tool: str, song: str, kind: str = "seen_wording") -> dict[str, Any]:
    call = {"function": {"name": tool, "arguments": {"song": song}}}
    messages = [
        {"role": "user", "content": f"{tool} {song}"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    return {"task": "tool_calls", "kind": kind, "messages": messages, "tools": TOOLS, "expected": {}, "language": "en"}


def said(tool: str, **arguments: Any) -> str:
    return call_text({"function": {"name": tool, "arguments": arguments}})


def report(rows: list[dict[str, Any]], answers: list[str], **gate: Any) -> dict[str, Any]:
    verdicts = [judge(row, text) for row, text in zip(rows, answers, strict=True)]
    return gate_report(rows, verdicts, **{"needed": 0.9, "floor": 0.85} | gate)


def right(rows: list[dict[str, Any]]) -> list[str]:
    calls = [row["messages"][-1]["tool_calls"][0]["function"] for row in rows]
    return [said(call["name"], **call["arguments"]) for call in calls]


def test_a_gate_opens_for_what_was_learned_and_reports_unseen_wordings_beside_it() -> None:
    rows = [wish("play", f"Song {n}") for n in range(10)] + [wish("play", "Halo", "unseen_wording") for _ in range(4)]
    found = report(rows, [*right(rows[:10]), *["no idea"] * 4])
    assert (found["passed"], found["reasons"], found["advice"]) == (True, [], [])
    assert (found["strict"]["value"], found["strict"]["n"]) == (1.0, 10)
    assert (found["strict_unseen_wording"]["value"], found["strict_unseen_wording"]["n"]) == (0.0, 4)
    assert found["tools"]["play"]["n"] == 14


def test_a_shut_gate_says_what_was_taken_for_what_and_what_to_do() -> None:
    rows = [wish("queue", f"Song {n}") for n in range(6)] + [wish("play", f"Song {n}") for n in range(14)]
    answers = [said("play", song=f"Song {n}") for n in range(6)]
    answers += [said("play"), said("play", song="Sonk 1"), said("play", song="Song 2", album="B"), *right(rows[9:])]
    found = report(rows, answers)
    assert not found["passed"]
    assert found["reasons"] == [
        "55.0% of 20 held-out requests were right (95 % interval 34% to 74%); the gate asks for 90%."
    ]
    assert {(c["wanted"], c["made"]): (c["count"], c["of"]) for c in found["confusions"]} == {
        ("queue", "play"): (6, 6),
        ("play.song", "left out"): (1, 14),
        ("play.song", "another value"): (1, 14),
        ("play.album", "nobody asked for it"): (1, 14),
    }
    assert found["confusions"][0]["example"] == "queue Song 0"
    assert found["advice"][0] == (
        "'queue' was taken for 'play' in 6 of 6 requests: add examples that tell the two apart, in the same stage."
    )
    assert found["advice"][-1].startswith("Add held-out requests for 'play' and 'queue'")


def test_an_earlier_tool_below_the_floor_shuts_the_gate() -> None:
    rows = [wish("play", f"Song {n}") for n in range(FEWEST)] + [wish("queue", f"Song {n}") for n in range(92)]
    answers = [*["nothing"] * 2, *right(rows[2:])]
    assert report(rows, answers, earlier=["play"])["reasons"] == [
        f"'play', learned in an earlier stage, fell to 75% of {FEWEST}: no earlier tool may be below 85%."
    ]
    assert report(rows, answers, earlier=["queue"])["passed"]
    assert report(rows[1:], answers[1:], earlier=["play"])["passed"], "too few requests to judge a tool by"


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.floats(0, 1))
def test_a_gate_is_open_exactly_when_enough_is_right(flags: list[bool], needed: float) -> None:
    rows = [wish("play", f"Song {n}") for n in range(len(flags))]
    answers = [text if flag else "" for flag, text in zip(flags, right(rows), strict=True)]
    found = report(rows, answers, needed=needed)
    assert found["passed"] == (sum(flags) / len(flags) >= needed) == (not found["reasons"])
    assert sum(c["count"] for c in found["confusions"]) == flags.count(False)


def test_every_stage_has_a_gate() -> None:
    assert gates_for(3, []) == [0.9, 0.9, 0.9]
    assert gates_for(3, [0.98, 0.5]) == [0.98, 0.5, 0.5]
    assert gates_for(1, [0.98, 0.5]) == [0.98]
    assert shares("0.98, 1,") == [0.98, 1.0]


@pytest.mark.parametrize("text", ["98", "a", "-0.1", "nan", "0.9;0.8"])
def test_gates_that_are_no_shares_are_refused(text: str) -> None:
    with pytest.raises(ImpossiblePlan, match="shares from 0 to 1"):
        shares(text)


def test_forgetting_follows_each_tool_through_the_stages() -> None:
    reports = [{"tools": {"play": {"value": 1.0}}}, {}, {"tools": {"play": {"value": 0.5}, "queue": {"value": 0.75}}}]
    assert forgetting(reports) == {"play": [1.0, None, 0.5], "queue": [None, None, 0.75]}
