from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from training.errors import UnreadableSource
from training.sources import Record, records
from training.sources.json_rows import file_records, line_records
from training.sources.record import LONGEST_RECORD

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXT, each, max_size=4),
    max_leaves=12,
)
ROWS = st.lists(st.dictionaries(TEXT, VALUES, max_size=4), min_size=1, max_size=5)
WRITTEN = st.fixed_dictionaries({"indent": st.sampled_from([None, 1]), "ensure_ascii": st.booleans()})
MEGABYTE = 1024 * 1024


def read(content: bytes | str, name: str = "rows.json") -> list[Record]:
    return list(records(BytesIO(content.encode() if isinstance(content, str) else content), name))


def values(found: list[Record]) -> list[Any]:
    return [record.value for record in found]


def problem(content: bytes | str, name: str = "rows.jsonl") -> tuple[str, str]:
    """The problem of the only row, and its field."""
    (found,) = read(content, name)
    assert found.value is None
    return found.problem, found.field


def cut(content: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The content in blocks of these sizes, over and over."""
    at, turn = 0, 0
    while at < len(content):
        yield content[at : at + sizes[turn % len(sizes)]]
        at += sizes[turn % len(sizes)]
        turn += 1


class Generated(RawIOBase):
    """A stream that is made as it is read, a little at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.held = pieces, b""

    def read(self, size: int = -1) -> bytes:
        self.held = self.held or next(self.pieces, b"")
        given, self.held = self.held[:size], self.held[size:]
        return given


SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@given(ROWS, WRITTEN, SIZES)
@example([{'a\\"': '\\"{[\\\\', "b": ""}], {"indent": None, "ensure_ascii": False}, [1])
def test_a_list_gives_what_json_gives_wherever_its_blocks_end(rows, written, sizes):
    content = json.dumps(rows, **written).encode()
    found = list(file_records(cut(content, sizes), "rows.json"))
    assert values(found) == json.loads(content)
    assert [record.number for record in found] == list(range(1, len(rows) + 1))


@given(ROWS, st.sampled_from(["data", "rows", "examples"]), VALUES, SIZES)
def test_an_object_around_a_list_gives_the_list(rows, key, beside, sizes):
    content = json.dumps({"about": beside, key: rows, "more": beside}).encode()
    assert values(list(file_records(cut(content, sizes), "rows.json"))) == rows


@given(st.dictionaries(TEXT, VALUES, max_size=5), WRITTEN, SIZES)
def test_one_object_is_one_row(row, written, sizes):
    content = json.dumps({"text": "one", **row}, **written).encode()
    assert values(list(file_records(cut(content, sizes), "rows.json"))) == [json.loads(content)]


@given(ROWS, st.sampled_from(["\n", "\r\n", "\n\n \n"]), st.booleans(), SIZES)
def test_lines_give_one_row_each(rows, end, last, sizes):
    content = (end.join(json.dumps(row, ensure_ascii=False) for row in rows) + end * last).encode()
    assert values(list(line_records(cut(content, sizes)))) == rows


@given(
    st.lists(st.text('[]{}",:\\ \n1aก\ud800\0', max_size=12), max_size=4), st.sampled_from([".json", ".jsonl", ".csv"])
)
def test_nothing_that_is_nearly_json_raises_anything_unexpected(pieces, suffix):
    content = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        found = read(content, f"rows{suffix}")
    except UnreadableSource:
        return
    assert [record.number for record in found] == list(range(1, len(found) + 1))
    assert all((record.value is None) == bool(record.problem) for record in found)


def test_a_list_of_examples_in_a_single_row_is_not_taken_for_rows():
    row = {"examples": ["a", "b"], "text": "c"}
    assert values(read(json.dumps(row))) == [row]


def test_what_belongs_to_the_other_kind_of_file_is_read_all_the_same():
    assert values(read('{"a": 1}\n{"a": oh}\n{"a": 3}\n')) == [{"a": 1}, None, {"a": 3}]
    assert values(read('{"a" 1}\n{"a": 2}\n')) == [None, {"a": 2}]
    assert values(read('[\n{"a": 1},\n{"a": 2}\n]', "rows.jsonl")) == [{"a": 1}, {"a": 2}]
    assert values(read('{\n"a": 1\n}', "rows.jsonl")) == [{"a": 1}]
    assert values(read('{"a": 1} {"a": 2}')) == [{"a": 1}, {"a": 2}]
    assert values(read('[{"a": 1}]', "rows.txt")) == [{"a": 1}]
    assert values(read(b"1" * 5000 + b"\n{}\n", "rows.jsonl")) == [None, {}]


@pytest.mark.parametrize(
    ("text", "said", "field"),
    [
        ('{"a": NaN}', "NaN", "a"),
        ('{"a": [0, {"b": -Infinity}]}', "Infinity", "a[1].b"),
        ('{"a": 1e999}', "Infinity", "a"),
        ('{"m": [{"text": 1, "text": 2}]}', "'text' is given twice", "m[0].text"),
        ('{"a": "\\u0000"}', "NUL", "a"),
        ('{"a\\u0000": 1}', "NUL", "a\\0"),
        ('{"a": ["x\\ud800y"]}', "surrogate", "a[0]"),
        ('{"a": {"\\udfff": 1}}', "surrogate", "a.\\udfff"),
        ('{"a": ' + "9" * 4301 + "}", "4,300 digits", ""),
        ("[1]", "a list and not an object", ""),
        ("3", "a number and not an object", ""),
        ("null", "null and not an object", ""),
        ('{"a": 1}{"a": 2}', "not JSON: extra data, at character 9", ""),
        ("{'a': 1}", "not JSON", ""),
        ('{"a": "\0"}', "control character, at character 8", ""),
        ('{"a": "unclosed}', "unterminated string", ""),
    ],
)
def test_a_bad_row_says_what_and_where(text, said, field):
    assert said in problem(text)[0]
    assert problem(text)[1] == field


def test_a_good_row_may_look_like_a_bad_one():
    for row in ({"a": "😀 NaN"}, {"a": "\\u0000"}, {"a": "\u2028\x85"}, {"a": 10**4299}, {"a": "[" * 200}):
        assert values(read(json.dumps(row), "rows.jsonl")) == [row]
    row = {"a": "\u2028\x85"}
    assert values(read(json.dumps(row, ensure_ascii=False), "rows.jsonl")) == [row]


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_depth_is_counted_before_the_parser_sees_it(name):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    found = read(f"[{deep},\n{{}}]" if name == "rows.json" else f"{deep}\n{{}}", name)
    assert "deeper than 100 levels" in found[0].problem
    assert found[1].value == {}
    assert read('{"a":' * 100 + "1" + "}" * 100, name)[0].value is not None
    assert "deeper" in read("[" * (name == "rows.json") + '{"a":' * 101 + "1" + "}" * 101, name)[0].problem


def test_a_row_of_too_many_values_is_refused():
    assert "100,000 values" in problem('{"a": [' + "0," * 100_001 + "0]}")[0]
    assert read('{"a": "' + "," * 200_000 + '"}', "rows.jsonl")[0].value


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_a_row_that_is_too_long_is_counted_and_skipped(name):
    long = '{"a": "' + "x" * LONGEST_RECORD + '"}'
    fits = '{"a": "' + "x" * (LONGEST_RECORD - 9) + '"}'
    rows = [long, fits, long]
    found = read("[" + ",".join(rows) + "]" if name == "rows.json" else "\n".join(rows), name)
    assert [bool(record.value) for record in found] == [False, True, False]
    assert "4.0 MB long" in found[0].problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}, {"a": ', "ends in the middle of this row"),
        ('[{"a": 1}, {"a": "x', "ends in the middle of this row"),
        ('[{"a": 1}, {"a": "x\\', "ends in the middle of this row"),
        ('[{"a": 1}', "before its last bracket is closed"),
        ('[{"a": 1},', "before its last bracket is closed"),
        ('[{"a": 1}] and more', "stands 'a' where the end of the file belongs"),
        ('[{"a": 1}][{"a": 2}]', "stands '[' where the end of the file belongs"),
        ('[{"a": 1} {"a": 2}]', "stands '{' where a comma or ] belongs"),
        ('{"a": 1}\n[2]', "stands '[' where the end of the file belongs"),
        ('{"data": [{"a": 1}], "b" 2}', "stands '2' where a colon belongs"),
        ('{"data": [{"a": 1}], "b": 2 3}', "stands '3' where a comma or } belongs"),
        ('{"data": [{"a": 1}]', "before its last bracket is closed"),
    ],
)
def test_a_fault_keeps_the_rows_before_it_and_is_the_last_row(text, said):
    first, last = read(text)
    assert first == Record(1, {"a": 1})
    assert last.number == 2
    assert said in last.problem


def test_the_line_is_named_where_it_is_not_the_row():
    found = read('\n{"a": 1}\n\n{"a": }\n', "rows.jsonl")
    assert found[0] == Record(1, {"a": 1})
    assert found[1].problem.startswith("Line 4: the row is not JSON")
    assert problem("{")[0].startswith("The file ends")


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_is_refused(name, content):
    with pytest.raises(UnreadableSource, match="holds no rows"):
        read(content, name)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"[]", "holds no rows"),
        ("a.json", b"hello", "neither \\[ nor {"),
        ("a.txt", b"hello", "not a kind of file"),
        ("a.jsonl", b"\x1f\x8b\x08", "gzip"),
        ("a.csv", b"%PDF-1.7", "PDF"),
        ("a.json", b"PAR1", "Parquet"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1", "password-protected"),
        ("a.xlsx", b"a,b\n1,2\n", "no Excel workbook"),
        ("a.json", "[{}]".encode("utf-32"), "UTF-32"),
        ("a.json", "[{}]".encode("utf-32-le"), "UTF-32"),
    ],
)
def test_a_file_that_is_no_rows_at_all_is_refused(name, content, said):
    with pytest.raises(UnreadableSource, match=said):
        read(content, name)


def test_only_workbooks_have_sheets():
    with pytest.raises(UnreadableSource, match="no sheets"):
        list(records(BytesIO(b"[{}]"), "a.json", sheet="Rows"))


def peak_of(pieces: Iterator[bytes], name: str) -> tuple[list[Record], float]:
    """What reading gave beside good rows, and the most memory it held, in MB."""
    tracemalloc.start()
    try:
        found = [record for record in records(Generated(pieces), name) if record.problem]
        return found, tracemalloc.get_traced_memory()[1] / MEGABYTE
    finally:
        tracemalloc.stop()


def test_fifty_megabytes_of_rows_take_a_few():
    row = b'{"a": "' + b"x" * 200_000 + b'"}'
    found, peak = peak_of((row + b"\n" for _ in range(250)), "rows.jsonl")
    assert found == []
    assert peak < 6
    pieces = (b"[" * (at == 0) + row + (b"]" if at == 249 else b",") for at in range(250))
    found, peak = peak_of(pieces, "rows.json")
    assert found == []
    assert peak < 6


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_one_row_of_fifty_megabytes_takes_little_more_than_the_longest_that_is_read(name):
    pieces = (b'{"a": "' * (at == 0) + b"x" * MEGABYTE + b'"}' * (at == 49) for at in range(50))
    (found,), peak = peak_of(pieces, name)
    assert "50.0 MB long" in found.problem
    assert peak < 8
