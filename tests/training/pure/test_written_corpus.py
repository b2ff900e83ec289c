"""The written requests: sound, in both languages, and without anything that models are later measured on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from training.marked_text import folded
from training.packs import read_pack
from training.starters.words import EVERYDAY, THAI, wider
from training.starters.written_corpus import (
    HELD_OUT,
    all_domains,
    conversation,
    held_out_domains,
    revalued,
    spoken_values,
    taught_domains,
)
from training.tool_schemas import arguments_problem, tool_problem

PACKS = Path(__file__).resolve().parents[3] / "packs"


def some_random(seed: int) -> Random:
    return wider(seed, EVERYDAY, THAI, rich=True, common=True)


def test_every_domain_is_sound_and_half_in_each_language() -> None:
    for domain in all_domains():
        assert [tool_problem(tool) for tool in domain.tools.values()] == [""] * len(domain.tools), domain.name
        languages = Counter(line.language for line in domain.lines)
        assert 0.4 < languages["th"] / languages.total() < 0.6, domain.name
        wordings = Counter((folded(line.wording), line.tools) for line in domain.lines)
        assert max(wordings.values()) == 1, domain.name


def test_some_domains_are_never_taught() -> None:
    assert {domain.name for domain in held_out_domains()} == set(HELD_OUT)
    assert not set(HELD_OUT) & {domain.name for domain in taught_domains()}
    assert len(all_domains()) == len(taught_domains()) + len(HELD_OUT)


def test_nothing_of_the_packs_held_out_rows_is_taught() -> None:
    """Neither a request nor an open value, nor a tool's name."""
    for name in ("music", "director"):
        pack = read_pack(PACKS / name)
        rows = [row for row in pack.rows if row.split == "held_out"]
        asked = {folded(row.request) for row in rows}
        values = {folded(value) for row in rows for value in texts_of(row.expected["calls"])}
        tools = {tool["function"]["name"] for tool in pack.tools}
        for domain in all_domains():
            assert not tools & set(domain.tools), domain.name
            for line in domain.lines:
                assert folded(line.text) not in asked, (domain.name, line.line)
                open_values = {folded(m.value) for m in line.open_slots.values() if "enum" not in m.schema}
                assert not values & open_values, (domain.name, line.line)


def texts_of(calls: list[dict[str, Any]]) -> list[str]:
    return [value for call in calls for value in call["arguments"].values() if isinstance(value, str)]


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_a_conversation_asks_only_for_what_it_declares(seed: int, most: int) -> None:
    made = conversation(some_random(seed), taught_domains(), most_tools=most)
    declared = {tool["function"]["name"]: tool for tool in made.tools}
    assert len(declared) == len(made.tools) <= most + 3
    for asked, answer in zip(made.messages[::2], made.messages[1::2], strict=True):
        for call in answer["tool_calls"]:
            function = call["function"]
            assert arguments_problem(function["arguments"], declared[function["name"]]) == ""
        assert asked["content"]


@given(st.integers(0, 10**6))
def test_other_values_are_said_where_they_are_wanted(seed: int) -> None:
    random = some_random(seed)
    line = random.choice(random.choice(taught_domains()).lines)
    other = revalued(random, line)
    assert other.wording == line.wording
    for mark in other.open_slots.values():
        assert mark.text in other.text
        assert str(mark.value) == mark.text.strip() or not isinstance(mark.value, str)


def test_there_are_thousands_of_values_to_borrow() -> None:
    assert all(len(texts) > 5000 for texts in spoken_values().values())
