from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import UnreadableRow, UnreadableSource
from training.formats import reader, recognised
from training.formats.table import NEEDED, guess, guess_for, mappable, missing


@pytest.mark.parametrize(
    ("columns", "name", "mapping"),
    [
        ("Instruction|Output", "alpaca", {"instruction": "Instruction", "output": "Output"}),
        ("คำสั่ง|คำตอบ|ภาษา", "alpaca", {"instruction": "คำสั่ง", "output": "คำตอบ", "language": "ภาษา"}),
        ("คำถาม|บริบท|คำตอบ", "tutoring", {"question": "คำถาม", "answer": "คำตอบ", "context": "บริบท"}),
        ("ข้อความ|ป้าย", "classification", {"text": "ข้อความ", "label": "ป้าย"}),
        (
            "Content|Category|Educational value",
            "classification",
            {"text": "Content", "label": "Category", "educational_value": "Educational value"},
        ),
        ("prompt|Response", "prompt_completion", {"prompt": "prompt", "completion": "Response"}),
        ("เป้าหมาย|ระดับ|ขั้นตอน", "learning_path", {"goal": "เป้าหมาย", "level": "ระดับ", "steps": "ขั้นตอน"}),
        ("name|price", "", {}),
        ("", "", {}),
    ],
)
def test_the_columns_are_guessed_from_their_names(columns: str, name: str, mapping: dict[str, str]) -> None:
    assert guess(columns.split("|")) == (name, mapping)


def test_a_column_is_given_to_one_field_only() -> None:
    for name in NEEDED:
        found = guess_for(name, "instruction prompt question text goal level steps label คำตอบ".split())
        assert len(set(found.values())) == len(found)


def test_a_thai_sheet_is_read_without_a_mapping() -> None:
    rows = [{"คำสั่ง": "เขียนแคปชัน", "ข้อมูลเข้า": "", "ผลลัพธ์": "ได้เลย", "แบรนด์": "coffeelab", "หมายเหตุ": "ดี"}]
    assert recognised(rows) == "alpaca"
    (row,) = reader("alpaca")(rows[0])
    assert [message["content"] for message in row.messages] == ["เขียนแคปชัน", "ได้เลย"]
    assert row.details == {"brand": "coffeelab", "extra": {"หมายเหตุ": "ดี"}}


def test_a_mapping_says_which_column_is_which() -> None:
    columns = {"text": "Post", "label": "Kind", "educational_value": "Worth"}
    row = {"Post": "ครู", "Kind": 3, "Worth": "0.5", "label": "ours", "Id": 7.0}
    assert recognised([row], columns) == "classification"
    (found,) = reader("classification", columns)(row)
    assert found.messages[1]["content"] == '{"label": "3", "educational_value": 0.5}'
    assert found.details == {"extra": {"Id": 7.0}}


def test_a_mapping_to_a_column_that_is_not_there_is_told() -> None:
    with pytest.raises(UnreadableRow, match="no column 'Prompt'.*'prompt'") as problem:
        reader("prompt_completion", {"prompt": "Prompt", "completion": "b"})({"prompt": "a", "b": "c"})
    assert problem.value.field == "prompt"
    with pytest.raises(UnreadableSource):
        recognised([{"a": "b"}], {"prompt": "Prompt"})


@pytest.mark.parametrize("steps", ["Python\nStatistics\n", '["Python", "Statistics"]', " Python \r\n\nStatistics"])
def test_steps_in_a_cell_are_lines_or_a_list(steps: str) -> None:
    (row,) = reader("learning_path")({"goal": "ML", "level": "beginner", "steps": steps})
    assert row.messages[1]["content"] == "1. Python\n2. Statistics"


def test_cells_hold_json_and_yes_and_no() -> None:
    record = {
        "messages": '[{"role": "user", "content": "Hi"}]',
        "tools": "",
        "expected": '{"required": ["x"]}',
        "synthetic": "TRUE",
        **dict.fromkeys(["task", "language", "group", "brand", "context", "split"], ""),
    }
    assert recognised([record]) == "aidirector"
    (row,) = reader("aidirector")(record)
    assert (row.messages, row.tools) == ([{"role": "user", "content": "Hi"}], [])
    assert row.details == {"expected": {"required": ["x"]}, "synthetic": True}


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"instruction": "a", "output": "b", "history": "[["}, "history"),
        ({"goal": "a", "level": "b", "steps": ""}, "steps"),
        ({"instruction": "a", "output": None}, "output"),
    ],
)
def test_a_cell_that_does_not_fit_is_told(record: dict[str, Any], field: str) -> None:
    name = "learning_path" if "goal" in record else "alpaca"
    with pytest.raises(UnreadableRow) as problem:
        reader(name)(record)
    assert problem.value.field == field


def test_numbers_and_truths_in_text_columns_are_texts() -> None:
    (row,) = reader("tutoring")({"question": 42, "answer": True})
    assert [message["content"] for message in row.messages] == ["42", "TRUE"]


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("[[")
HEADERS = st.sampled_from([word for fields in NEEDED.values() for words in fields.values() for word in words.split()])


@given(st.dictionaries(HEADERS | st.text(max_size=4) | st.sampled_from(["tools", "steps", "messages"]), CELLS))
def test_any_row_of_a_table_is_read_or_refused(record: dict[str, Any]) -> None:
    for name in NEEDED:
        with suppress(UnreadableRow):
            assert len(reader(name)(record)) == 1


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"instruction", "output", "brand"}, ()),
        ({"instruction"}, ("output",)),
        ({"goal", "level"}, ("steps",)),
        ({"question", "label"}, ("answer",)),
        ({"brand"}, ("instruction", "output")),
        ({"messages"}, ()),
    ],
)
def test_what_lacks_to_make_a_row_is_told(fields: set[str], lacking: tuple[str, ...]) -> None:
    assert missing(fields) == lacking


def test_every_field_that_a_column_may_be_is_offered_once() -> None:
    offered = [field for fields in mappable().values() for field in fields]
    assert len(offered) == len(set(offered))
    assert {"instruction", "answer", "brand", "messages", "split"} <= set(offered)
