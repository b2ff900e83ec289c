from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.conftest import TOOLS
from training.functiongemma import Parsed
from training.scoring.calls import same, schema_valid, score

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
CALLS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["play", "stop"]), "arguments": st.dictionaries(st.text(max_size=5), JSON, max_size=3)}
    ),
    max_size=3,
)


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def answer(*calls: dict[str, Any]) -> Parsed:
    return Parsed("", [{"type": "function", "function": c} for c in calls])


def test_the_same_calls_are_right() -> None:
    found = score([call("play", song="Halo"), call("stop")], answer(call("play", song=" Halo"), call("stop")))
    assert (found.strict, found.names, found.readable, found.wrong) == (True, True, True, "")


@pytest.mark.parametrize(
    ("made", "names", "wrong"),
    [
        ([call("stop")], False, "Called stop instead of play."),
        ([], False, "Called nothing instead of play."),
        ([call("play", song="Halo"), call("stop")], False, "Called play, then stop instead of play."),
        ([call("play")], True, "'play' lacks 'song'."),
        ([call("play", song="Halo", artist="x")], True, "'play' was given 'artist', which nobody asked for."),
        ([call("play", song="halo")], True, "'song' of 'play' is 'halo' instead of 'Halo'."),
    ],
)
def test_what_differs_is_said(made: list[dict[str, Any]], names: bool, wrong: str) -> None:
    found = score([call("play", song="Halo")], answer(*made))
    assert (found.strict, found.names, found.readable, found.wrong) == (False, names, True, wrong)


def test_an_unreadable_answer_is_wrong() -> None:
    found = score([], None)
    assert (found.strict, found.names, found.readable) == (False, False, False)
    assert found.wrong


def test_the_order_of_calls_counts() -> None:
    assert not score([call("play"), call("stop")], answer(call("stop"), call("play"))).names


def test_nothing_to_call_and_nothing_called_is_right() -> None:
    assert score([], Parsed("None of the tools can do this.")).strict


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        ("1", 1, False),
        (None, None, True),
        (None, "", False),
        ("é", unicodedata.normalize("NFD", "é"), True),
        (" a ", "a", True),
        ("A", "a", False),
        ([1, {"a": [True]}], [1.0, {"a": [True]}], True),
        ([1, {"a": [True]}], [1, {"a": [1]}], False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
        ([], {}, False),
    ],
)
def test_values_are_compared_as_json(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


@given(CALLS)
def test_what_was_expected_is_always_a_right_answer(calls: list[dict[str, Any]]) -> None:
    assert score(calls, answer(*calls)).strict


@given(CALLS, CALLS)
def test_strict_means_the_names_and_no_complaint(wanted: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
    found = score(wanted, answer(*made))
    assert found.names or not found.strict
    assert found.strict == (found.wrong == "")
    assert found.names == ([c["name"] for c in wanted] == [c["name"] for c in made])


@pytest.mark.parametrize(
    ("made", "valid"),
    [
        ([], True),
        ([call("play", song="Halo")], True),
        ([call("play")], False),
        ([call("dance")], False),
        ([call("play", song="Halo", title="x")], False),
        ([call("volume", level=7)], True),
        ([call("volume", level=True)], False),
        ([call("play", song="Halo"), call("shuffle", on="yes")], False),
    ],
)
def test_schema_valid_in_either_shape(made: list[dict[str, Any]], valid: bool) -> None:
    assert schema_valid(made, TOOLS) is valid
    assert schema_valid(answer(*made).calls, TOOLS) is valid
