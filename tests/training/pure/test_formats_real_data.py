"""The importers on public data as it was published; skipped where the data is not beside the repository."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from training.errors import UnreadableRow
from training.formats import FORMATS, recognised, writer
from training.formats.canonical import Canonical
from training.functiongemma import parse, segments

DATA = Path(__file__).parents[4] / "shared" / "data"


def records(name: str) -> list[dict[str, Any]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs {name} in ../shared/data")
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


def imported(format: str, rows: list[dict[str, Any]]) -> tuple[list[tuple[dict[str, Any], Canonical]], Counter[str]]:
    """Each record with its row, and the reasons of the others with their number."""
    found, reasons = [], Counter[str]()
    for record in rows:
        try:
            found += [(record, row) for row in FORMATS[format].read(record)]
        except UnreadableRow as problem:
            reasons[str(problem)] += 1
    return found, reasons


@pytest.mark.parametrize(
    ("name", "format", "rows"),
    [("glaive_toolcall_en_demo.json", "sharegpt", 300), ("alpaca_en_demo.json", "alpaca", 999)],
)
def test_every_row_is_imported_and_written_as_it_was(name: str, format: str, rows: int) -> None:
    source = records(name)
    assert recognised(source) == format
    found, reasons = imported(format, source)
    assert (len(found), reasons) == (rows, Counter())
    for record, row in found:
        assert writer(format)(row) == record


def test_every_call_is_an_object_that_the_source_made() -> None:
    found, _ = imported("sharegpt", records("glaive_toolcall_en_demo.json"))
    calls = 0
    for record, row in found:
        source = [json.loads(turn["value"]) for turn in record["conversations"] if turn["from"] == "function_call"]
        made = [call["function"] for message in row.messages for call in message.get("tool_calls", ())]
        assert made == source
        assert [tool["function"] for tool in row.tools] == json.loads(record["tools"])
        calls += len(made)
    assert calls == 211


def test_every_answer_is_rendered_and_parsed_as_it_was() -> None:
    found, _ = imported("sharegpt", records("glaive_toolcall_en_demo.json"))
    for _, row in found:
        trained = [parse(text) for text, learned in segments(row.messages, row.tools) if learned]
        answers = [message for message in row.messages if message["role"] == "assistant"]
        assert [(said.text, said.calls) for said in trained] == [
            (answer["content"].strip(), answer.get("tool_calls", [])) for answer in answers
        ]


def test_the_calls_go_through_every_other_format_that_holds_them() -> None:
    found, _ = imported("sharegpt", records("glaive_toolcall_en_demo.json"))
    for _, row in found:
        for name in ("openai", "aidirector"):
            assert FORMATS[name].read(json.loads(json.dumps(writer(name)(row)))) == [row]
