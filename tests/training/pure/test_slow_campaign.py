"""The slow tier (`make slow`): importers, checks and parser survive more than 100,000 generated inputs."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.pure.format_rows import JUNK, broken, chat_row
from training.errors import UnreadableCall, UnreadableRow, UnreadableSource
from training.formats import FORMATS
from training.formats.openai import write
from training.functiongemma import parse
from training.row_checks import Surroundings, check_row
from training.sources import records

pytestmark = pytest.mark.slow
CASES = 25_000
campaign = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
NEARLY_JSON = st.lists(st.text('[]{}",:\\ \n1aก\ud800\0', max_size=12), max_size=6)
NEARLY_CALLS = st.lists(
    st.sampled_from(
        [
            "<start_function_call>",
            "<end_function_call>",
            "<escape>",
            "call:",
            "play",
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "1.5",
        ]
    )
    | st.text(max_size=4),
    max_size=14,
)


@campaign
@given(NEARLY_JSON, st.sampled_from([".json", ".jsonl", ".csv", ".tsv"]))
def test_sources_survive(pieces: list[str], suffix: str) -> None:
    content = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        found = list(records(io.BytesIO(content), f"rows{suffix}"))
    except UnreadableSource:
        return
    assert [record.number for record in found] == list(range(1, len(found) + 1))


@campaign
@given(st.data(), st.sampled_from(list(FORMATS)))
def test_formats_survive(data: Any, name: str) -> None:
    record = data.draw(JUNK | chat_row().map(write).flatmap(broken))
    if not isinstance(record, dict):
        return
    try:
        rows = FORMATS[name].read(record)
    except UnreadableRow:
        return
    assert all(isinstance(json.dumps(row.messages), str) for row in rows)


@campaign
@given(JUNK | chat_row().map(write).flatmap(broken))
def test_checks_survive(row: Any) -> None:
    for finding in check_row(row, Surroundings(banned_words=("cheap",))):
        assert finding.message


@campaign
@given(NEARLY_CALLS)
def test_the_parser_survives(pieces: list[str]) -> None:
    with suppress(UnreadableCall):
        parse("".join(pieces))
