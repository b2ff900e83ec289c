"""Statistics of frozen rows: counts, lengths, how arguments are covered, and the gaps as sentences."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.argument_coverage import Coverage
from training.gaps import MOST, gaps
from training.statistics import BINS, bin_width, lengths, statistics

PARAMETERS = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": ["next", "previous", "pause"]},
        "loud": {"type": "boolean"},
        "room": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
    },
    "required": ["action"],
}
CONTROL = {"type": "function", "function": {"name": "control", "parameters": PARAMETERS}}
STOP = {"type": "function", "function": {"name": "stop", "description": "Stops."}}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def row(split: str = "train", language: str = "en", name: str = "control", **arguments: Any) -> dict[str, Any]:
    calls = [{"type": "function", "function": {"name": name, "arguments": arguments}}]
    return {
        "split": split, "kind": "", "task": "tool_calls", "language": language, "brand": "", "synthetic": False,
        "messages": [{"role": "user", "content": "Do it"}, {"role": "assistant", "content": "", "tool_calls": calls}],
        "tools": [CONTROL], "expected": {},
    }  # fmt: skip


def messages(told: dict[str, Any]) -> list[str]:
    return [gap["message"] for gap in told["gaps"]]


def test_rows_are_counted_by_what_curators_ask_about():
    rows = [row(action="next"), row(language="th", action="next"), row("held_out", action="pause")]
    told = statistics(iter(rows), [CONTROL])
    assert told["split"] == {"train": 2, "held_out": 1}
    assert told["language"] == {"en": 2, "th": 1}
    assert told["brand"] == {"none": 3}
    assert told["tool"] == {"control": 3}
    assert (told["turns"], told["calls"]) == ({"1": 3}, {"1": 3})
    assert told["lengths"]["request"]["quartiles"] == [5, 5, 5, 5, 5]
    assert told["lengths"]["answer"]["quartiles"][4] == len('["control",{"action":"pause"}]')
    assert json.loads(json.dumps(told)) == told


def test_turns_and_calls_stand_in_order_and_many_are_one_number():
    turn = {"role": "user", "content": "x"}
    call = {"function": {"name": "stop", "arguments": {}}}
    answer = {"role": "assistant", "content": "ok", "tool_calls": [call] * 12}
    rows = [row() | {"messages": [turn] * count + [answer]} for count in (3, 1, 12, 1)]
    told = statistics(rows, [])
    assert list(told["turns"].items()) == [("1", 2), ("3", 1), ("10+", 1)]
    assert told["calls"] == {"10+": 4}


def test_every_argument_is_covered_by_side():
    rows = [row(action="next", loud=True, tags=["a"]), row(action="next"), row("held_out", action="pause", room="hall")]
    found = statistics(rows, [CONTROL, STOP])["arguments"]
    control = found["control"]["arguments"]
    assert (found["control"]["train"], found["control"]["held_out"]) == (2, 1)
    assert control["action"] == {
        "type": "string", "required": True, "train": 2, "held_out": 1, "distinct": 2,
        "choices": 3, "unused": ['"previous"'], "untrained": ['"pause"'],
    }  # fmt: skip
    assert control["loud"]["unused"] == ["false"]
    assert control["tags"]["unused"] == ['"b"']
    assert control["room"] == {"type": "string | null", "required": False, "train": 0, "held_out": 1, "distinct": 1}
    assert found["stop"] == {"train": 0, "held_out": 0, "languages": {}, "arguments": {}}


def test_gaps_say_what_lacks_and_what_to_do_gravest_first():
    rows = [
        *[row(action="next", loud=True) for _ in range(6)],
        row(language="th", name="stop"),
        row("held_out", action="pause", room="hall"),
    ]
    told = statistics(rows, [CONTROL, STOP])
    assert messages(told)[:6] == [
        "control.action: 'pause' occurs in held-out rows and never in training rows.",
        "control.room: given in held-out rows and never in training rows.",
        "Thai: no held-out row.",
        "control: no Thai row.",
        "stop: no English row.",
        "stop: no held-out row calls it.",
    ]
    assert "control.loud: never false." in messages(told)
    assert "control.tags: optional, and never given." in messages(told)
    assert {gap["cure"] for gap in told["gaps"]} >= {"Write some or augment."}
    weights = [gap["weight"] for gap in told["gaps"]]
    assert weights == sorted(weights, key=["error", "warning", "notice"].index)


def test_choices_that_nobody_uses_and_tools_that_nobody_calls():
    told = statistics([row(action="next"), row("held_out", action="next")], [CONTROL, STOP])
    assert "control.action: 'previous', 'pause' never used." in messages(told)
    assert "stop: declared, and no row calls it." in messages(told)


def test_one_value_for_all_rows_is_a_gap_and_many_are_none():
    tool = {"function": {"name": "control", "parameters": {"properties": {"song": {"type": "string"}}}}}
    assert "control.song: the same value in every row." in messages(statistics([row(song="Halo")] * 5, [tool]))
    told = statistics([row(song=f"Song {number}") | {"tools": [tool]} for number in range(5)], [tool])
    assert messages(told) == ["No row is held out."]


def test_tools_and_tasks_that_are_only_tested():
    other = row("held_out", language="th", name="stop") | {"task": "chat"}
    told = statistics([row(action="next"), other], [STOP])
    assert "stop: held-out rows call it, and no training row." in messages(told)
    assert "chat: held-out rows, and none to learn from." in messages(told)
    assert "Thai: held-out rows, and none to learn from." in messages(told)
    assert "tool_calls: no held-out row." in messages(told)


@pytest.mark.parametrize("count", [1, 2])
def test_held_out_texts_without_what_is_right(count):
    text = row("held_out") | {"task": "chat", "messages": [{"role": "user", "content": "Hello"}]}
    known = text | {"expected": {"required": ["x"]}}
    said = messages(statistics([row(action="next") | {"task": "chat"}, *[text] * count, known], []))
    rows = "row" if count == 1 else "rows"
    assert f"chat: {count} held-out {rows} without 'expected': any answer is right." in said


def test_there_are_never_more_gaps_than_a_page_can_bear():
    tool = {"train": 1, "held_out": 0, "languages": {"en": 1}}
    argument = {"type": "string", "required": False, "train": 0, "held_out": 0, "distinct": 0}
    tools = {"t": tool | {"arguments": {f"a{number}": argument for number in range(2 * MOST)}}}
    assert len(gaps(tools, {"task": {}, "language": {}}, {}, {})) == MOST


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=200))
def test_lengths_hold_every_row_in_at_most_twelve_bins(values):
    told = lengths(values)
    assert told["rows"] == len(values) == sum(rows for _, rows in told["bins"])
    assert len(told["bins"]) <= BINS
    assert told["quartiles"] == sorted(told["quartiles"])
    assert (told["quartiles"][0], told["quartiles"][4]) == (min(values), max(values))
    starts = [start for start, _ in told["bins"]]
    for number, (start, rows) in enumerate(told["bins"][:-1]):
        assert rows == sum(start <= value < starts[number + 1] for value in values)


def test_no_rows_have_no_lengths():
    assert lengths([]) == {"rows": 0, "quartiles": [], "bins": [], "width": 0}


@given(st.integers(0, 10**9))
def test_a_bin_is_round_and_twelve_of_them_reach(highest):
    width = bin_width(highest)
    assert width * BINS > highest
    assert int(str(width).rstrip("0") or "0") in (1, 2, 3, 4, 5, 6, 8)


@given(ANYTHING, ANYTHING)
def test_coverage_takes_whatever_stands_there(tools, messages):
    coverage = Coverage([tools, CONTROL, {"function": {"name": "x", "parameters": tools}}])
    coverage.take({"messages": messages, "language": None}, "train")
    coverage.take({"messages": [{"tool_calls": [{"function": {"name": "x", "arguments": messages}}]}]}, "train")
    assert set(coverage.as_json()) >= {"control", "x"}


def test_languages_are_counted_by_row_and_not_by_call():
    coverage = Coverage([CONTROL])
    one = row(action="next")
    one["messages"].append(one["messages"][1])
    coverage.take(one, "train")
    assert coverage.languages["control"] == Counter({"en": 1})
    assert coverage.calls["control"] == Counter({"train": 2})


def test_rows_that_declare_another_version_of_a_tool_are_a_gap() -> None:
    older = row(action="next") | {"tools": [{**CONTROL, "function": {**CONTROL["function"], "description": "before"}}]}
    first = statistics([older, row(action="next")], [CONTROL])["gaps"][0]
    assert (first["code"], first["weight"]) == ("older_tool", "error")
    assert "1 row declares another version" in first["message"]
    assert "older_tool" not in {gap["code"] for gap in statistics([older], [])["gaps"]}
