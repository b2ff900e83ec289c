from __future__ import annotations

import codecs
import json
from io import BytesIO

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.sources import Record, records
from training.sources.encodings import as_utf8, is_thai_page

ROW = {"text": "สวัสดีครับ วันนี้อากาศดีมาก ครีมกันแดดราคา 100 บาท", "task": "caption"}
LINE = json.dumps(ROW, ensure_ascii=False)


def read(content: bytes, name: str = "rows.jsonl") -> list[Record]:
    return list(records(BytesIO(content), name))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "tis-620", "cp874"])
@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_every_encoding_gives_the_same_rows(encoding, name):
    content = f"{LINE}\n{LINE}\n" if name == "rows.jsonl" else f"[{LINE},{LINE}]"
    assert [record.value for record in read(content.encode(encoding), name)] == [ROW, ROW]


def test_big_endian_with_its_mark_and_tables_too():
    content = codecs.BOM_UTF16_BE + "text,task\nสวัสดี,caption\n".encode("utf-16-be")
    assert read(content, "rows.csv") == [Record(1, {"text": "สวัสดี", "task": "caption"})]
    content = "text;task\nสวัสดีครับ;caption\n".encode("tis-620")
    assert read(content, "rows.csv") == [Record(1, {"text": "สวัสดีครับ", "task": "caption"})]


@given(
    st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-16-le", "utf-16-be"]), st.integers(1, 7)
)
def test_utf16_may_be_cut_anywhere(text, encoding, size):
    assume(not text.startswith("\0"))  # with the mark before it, that is how UTF-32 begins
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    content = mark + text.encode(encoding)
    blocks = [content[:4], *(content[at : at + size] for at in range(4, len(content), size))]
    assert b"".join(as_utf8(iter(blocks))).decode() == text


def test_thai_is_told_late_after_much_ascii():
    rows = [json.dumps({"text": "x" * 1000})] * 600 + [LINE]
    found = read("\n".join(rows).encode("cp874"))
    assert found[600].value == ROW
    assert found[0].value == {"text": "x" * 1000}


@pytest.mark.parametrize(
    ("encoding", "damaged"),
    [("utf-8", b"\xff"), ("utf-8", b"\xe0\xb8"), ("cp874", b"\xff"), ("utf-16-le", b"\x00\xd8")],
)
def test_damage_is_the_problem_of_its_row_alone(encoding, damaged):
    row = [piece.encode(encoding) for piece in ('{"text": "', '"}\n')]
    good = f"{LINE}\n".encode(encoding) * 20
    found = read(good + damaged.join(row) + good)
    assert [record.number for record in found if record.problem] == [21]
    assert found[20].field == "text"
    assert "Save the file as UTF-8" in found[20].problem
    assert found[40].value == ROW


def test_damage_outside_any_text_has_no_field():
    (found,) = read(b'{"a": \xff}')
    assert (found.field, "UTF-8" in found.problem) == ("", True)
    found = read('{"a": 1}\n'.encode("utf-16") + b"\n")
    assert found[0].value == {"a": 1}
    assert "UTF-8" in found[1].problem


@pytest.mark.parametrize(
    "text",
    ["café, thé, à côté, naïve", "¡Olé! mañana, ¿qué?", "Mädchen über Straßen", "créée, agréée", "smørrebrød på"],
)
def test_western_text_is_not_taken_for_thai(text):
    (found,) = read(json.dumps({"a": text}, ensure_ascii=False).encode("latin-1"))
    assert "Save the file as UTF-8" in found.problem


@pytest.mark.parametrize(
    ("text", "encoding"), [("Привет, как дела сегодня", "cp1251"), ("你好，世界，今天天气很好", "gbk")]
)
def test_other_pages_are_not_taken_for_thai(text, encoding):
    assert not is_thai_page(text.encode(encoding))


def test_thai_in_utf8_is_not_taken_for_the_thai_page():
    assert is_thai_page(LINE.encode("cp874"))
    assert not is_thai_page(LINE.encode() + b"\xff")
    assert not is_thai_page(LINE.encode()[1:-1])
    assert not is_thai_page("déjà vu, créée, agréée".encode() + b"\xa1\xa2")
