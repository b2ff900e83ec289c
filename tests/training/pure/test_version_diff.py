"""Differences of frozen files: every row has one outcome, and what differs is found wherever it stands."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from training.version_diff import FIELDS, deltas, difference, row_at, tool_differences

ROWS = st.dictionaries(
    st.integers(1, 30),
    st.fixed_dictionaries(
        {
            "split": st.sampled_from(["train", "held_out"]),
            "messages": st.lists(st.text(max_size=6), max_size=2),
            "context": st.sampled_from(["", "a\u2028b", "ก"]),
        }
    ),
    max_size=20,
)


def frozen(rows: dict[int, dict[str, Any]]) -> BytesIO:
    lines = (json.dumps({"example": key} | row, ensure_ascii=False, sort_keys=True) + "\n" for key, row in rows.items())
    return BytesIO("".join(lines).encode())


@given(ROWS, ROWS)
def test_every_row_has_the_outcome_that_the_rows_give(before, after):
    old, new = frozen(before), frozen(after)
    found = difference(old, new)
    entries = {entry.example: entry for entry in found.entries}
    assert list(entries) == sorted(entries)
    assert found.counts["same"] == sum(before.get(key) == row for key, row in after.items())
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if was == now:
            assert key not in entries
            continue
        entry = entries.pop(key)
        assert entry.outcome == outcome(was, now)
        assert set(entry.fields) == {n for n in FIELDS if was and now and was.get(n) != now.get(n)}
        for row, file, at in ((was, old, entry.before), (now, new, entry.after)):
            assert (None if at is None else row_at(file, at)) == (row and {"example": key} | row)
    assert not entries


def outcome(was: Any, now: Any) -> str:
    if not was or not now:
        return "added" if now else "removed"
    return "moved" if was["split"] != now["split"] else "changed"


@given(ROWS)
def test_a_version_is_no_different_from_itself(rows):
    assert difference(frozen(rows), frozen(rows)).entries == ()
    assert len(difference(BytesIO(), frozen(rows)).entries) == len(rows)


def test_counts_are_compared_and_what_stayed_is_left_out():
    found = deltas(
        {"split": {"train": 5, "held_out": 2}, "task": {"chat": 7}, "language": {"en": 7}},
        {"split": {"train": 1, "held_out": 3}, "task": {"chat": 7}, "language": {"th": 4, "en": 3}},
    )
    assert [(each.value, each.change) for each in found["split"]] == [("train", -4), ("held_out", 1)]
    assert [(each.value, each.before, each.after) for each in found["language"]] == [("en", 7, 3), ("th", 0, 4)]
    assert "task" not in found


@given(st.none() | st.integers() | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers() | st.none()))
def test_statistics_that_are_none_have_no_deltas(told):
    assert not deltas(told, told)
    assert not deltas({"split": told}, {"split": told})


def tool(name: str, **properties: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": properties}}}


def test_tools_that_came_went_and_changed():
    text = {"type": "string"}
    before = [tool("play", song=text, loud=text), tool("stop"), tool("same", a=text)]
    after = [tool("same", a=text), tool("play", song=text, room=text), tool("next")]
    found = [each.as_json() for each in tool_differences(before, after)]
    assert [(each["tool"], each["outcome"]) for each in found] == [
        ("play", "changed"),
        ("next", "added"),
        ("stop", "removed"),
    ]
    assert "The argument 'loud' was removed." in [change["sentence"] for change in found[0]["changes"]]


def test_declarations_that_are_none_are_only_said_to_differ():
    odd = {"function": {"name": "play", "parameters": {"properties": 7}}}
    (found,) = tool_differences([odd], [tool("play")])
    assert (found.outcome, found.changes) == ("changed", ())
    assert tool_differences("x", [None, 7, {"function": {}}]) == []
