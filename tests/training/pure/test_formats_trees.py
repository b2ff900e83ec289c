from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.format_rows import TEXT, node, tree
from training.errors import UnreadableRow
from training.formats import FORMATS
from training.formats.canonical import Canonical
from training.functiongemma import parse, segments
from training.tool_schemas import arguments_problem

END: dict[str, Any] = {}


def read(record: dict[str, Any]) -> list[Canonical]:
    return FORMATS["trees"].read(record)


def names(row: Canonical) -> list[str]:
    return [call["function"]["name"] for call in row.messages[-1]["tool_calls"]]


def test_every_written_node_is_an_example_with_the_way_to_it() -> None:
    more = node("end", "end", "end", texts=("A", "B"))
    first, second = read(tree(start=node("more", "end", "end"), more=more, end={}))
    assert [row.details["node"] for row in (first, second)] == ["start", "more"]
    assert {row.group for row in (first, second)} == {"monads"}
    assert names(first) == ["add_text", *["add_choice"] * 3]
    assert names(second) == ["add_text", "add_text", *["add_choice"] * 3]
    assert first.messages[-1]["tool_calls"][1]["function"]["arguments"] == {
        "text": "Choice 0",
        "confidence": 0.5,
        "target": "more",
    }
    assert second.messages == [*first.messages, {"role": "user", "content": "Choice 0"}, second.messages[-1]]


def test_nodes_may_be_listed_or_stand_where_they_lead_from() -> None:
    end = {"id": "end"}
    apart = tree(start=node("more", "end", "end"), more=node("end", "end", "end"), end={})
    listed = apart | {"nodes": [{"id": name, **inner} for name, inner in apart["nodes"].items()]}
    nested = {
        "id": "monads",
        "prompt": "What's a monad?",
        "root": {"id": "start", **node({"id": "more", **node("end", "end", "end")}, end, "end")},
    }
    assert read(apart) == read(listed) == read(nested)


def test_a_node_with_two_ways_to_it_is_told_once_by_the_shorter() -> None:
    rows = read(
        tree(start=node("a", "b", "end"), a=node("b", "end", "end"), b=node("end", "end", "end"), end={})
        | {"root": "start", "system": "Be brief.", "language": "en", "topic": "maths"}
    )
    assert [row.details["node"] for row in rows] == ["start", "a", "b"]
    assert rows[0].details["extra"] == {"topic": "maths"}
    assert [message["role"] for message in rows[2].messages] == ["system", "user", "assistant", "user", "assistant"]
    assert rows[2].messages[3]["content"] == "Choice 1"
    assert {row.language for row in rows} == {"en"}


BAD: list[tuple[dict[str, Any], str, str]] = [
    (tree(start=node("start", "end", "end"), end={}), "start", "circles"),
    (tree(start=node("a", "b", "end"), a=node("b", "end", "end"), b=node("end", "a", "end"), end={}), "a", "circles"),
    (tree(start=node("lost", "end", "end"), end={}), "start", "no node"),
    (tree(start=node("end", "end", "end"), end={}, lost={}), "lost", "Nothing leads"),
    (tree(start=node("end", "end"), end={}), "start", "2 choices"),
    (tree(start=node("end", "end", "end", "end"), end={}), "start", "4 choices"),
    (tree(start=node("end", "end", "end", texts=()), end={}), "start", "0 texts"),
    (tree(start=node("end", "end", "end", texts=("a",) * 5), end={}), "start", "5 texts"),
    (tree(start=node("end", "end", "end") | {"texts": "a"}, end={}), "start", "no list"),
    (tree(start=node("end", "end", "end") | {"choices": {}}, end={}), "start", "no list"),
    (tree(start=node("end", "end", None), end={}), "start", "target"),
    (tree(start="Hi"), "nodes.start", "object"),
    (tree(), "nodes", "no nodes"),
    (tree(start={}) | {"root": "begin"}, "root", "'begin'"),
    (tree(start={}) | {"nodes": [{"id": "a"}, {"id": "a"}]}, "a", "twice"),
    (tree(start={}) | {"nodes": [{"texts": []}]}, "nodes[0]", "no name"),
    (tree(**{f"n{number}": {} for number in range(2001)}), "nodes", "2000"),
    (tree(start={}) | {"id": "x" * 121}, "id", "121"),
    ({"nodes": {"start": {}}, "prompt": "Hi"}, "id", "missing"),
    ({"nodes": {"start": {}}, "id": "a"}, "prompt", "missing"),
]


@pytest.mark.parametrize(("record", "field", "words"), BAD)
def test_a_broken_tree_is_refused_with_the_node(record: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(UnreadableRow, match=words) as problem:
        read(record)
    assert problem.value.field == field
    assert str(problem.value).endswith(".")


@pytest.mark.parametrize("confidence", [True, "0.5", None, -0.1, 1.1, float("nan")])
def test_a_confidence_is_a_number_from_0_to_1(confidence: Any) -> None:
    record = tree(start=node("end", "end", "end"), end={})
    record["nodes"]["start"]["choices"][2]["confidence"] = confidence
    with pytest.raises(UnreadableRow):
        read(record)


def chain(length: int) -> dict[str, Any]:
    nodes = {f"n{at}": node(f"n{at + 1}", "end", "end") for at in range(length - 1)}
    return tree(**nodes, **{f"n{length - 1}": node("end", "end", "end")}, end={})


def test_a_tree_may_be_deep_but_not_without_end() -> None:
    assert len(read(chain(100))[-1].messages) == 200
    with pytest.raises(UnreadableRow, match="100 answers deep"):
        read(chain(102))


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Each node leads to later ones, and to every later one some node leads."""
    written = draw(st.integers(1, 6))
    targets: list[list[str]] = [[] for _ in range(written)]
    for at in range(1, written):
        free = [before for before in range(at) if len(targets[before]) < 3]
        targets[draw(st.sampled_from(free))].append(f"n{at}")
    texts = st.lists(TEXT, min_size=1, max_size=4).map(tuple)
    nodes = {f"n{at}": node(*(found + ["end"] * 3)[:3], texts=draw(texts)) for at, found in enumerate(targets)}
    return tree(**nodes, end={})


@given(trees())
def test_every_sound_tree_gives_an_example_for_each_node_that_can_be_trained_on(record: dict[str, Any]) -> None:
    rows = read(record)
    assert sorted(row.details["node"] for row in rows) == sorted(set(record["nodes"]) - {"end"})
    for row in rows:
        calls = row.messages[-1]["tool_calls"]
        by_name = {tool["function"]["name"]: tool for tool in row.tools}
        assert all(arguments_problem(c["function"]["arguments"], by_name[c["function"]["name"]]) == "" for c in calls)
        said = [call["function"]["arguments"]["content"] for call in calls[:-3]]
        assert said == record["nodes"][row.details["node"]]["texts"]


@given(st.lists(st.sampled_from(["A", "ลม", "What's that?"]), min_size=1, max_size=4))
def test_the_answer_is_rendered_and_parsed_as_it_was(texts: list[str]) -> None:
    (row,) = read(tree(start=node("end", "end", "end", texts=tuple(texts)), end={}))
    (trained,) = [text for text, learned in segments(row.messages, row.tools) if learned]
    assert parse(trained).calls == row.messages[-1]["tool_calls"]
