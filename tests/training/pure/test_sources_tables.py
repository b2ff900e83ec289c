from __future__ import annotations

import csv
import tracemalloc
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import UnreadableSource
from training.sources import Record, records
from training.sources.cells import neutralised, told
from training.sources.record import LONGEST_RECORD
from training.sources.tables import MOST_LINES

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)


def read(content: bytes | str, name: str = "rows.csv") -> list[Record]:
    return list(records(BytesIO(content.encode() if isinstance(content, str) else content), name))


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_a_table_gives_back_what_was_written(rows, delimiter, end):
    rows = [("x", *cells[1:]) for cells in rows]
    file = StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    assert [tuple((record.value or {}).values()) for record in read(file.getvalue())] == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    file = StringIO()
    csv.writer(file, delimiter=delimiter).writerows([["text", "task"], ["one, two; three", "a|b"], ["four", "x\ty"]])
    found = [record.value for record in read(file.getvalue())]
    assert found == [{"text": "one, two; three", "task": "a|b"}, {"text": "four", "task": "x\ty"}]


def test_one_column_and_a_named_tab():
    assert read("text\none\n") == [Record(1, {"text": "one"})]
    assert read("a,b\tc\n1,2\t3\n", "rows.tsv") == [Record(1, {"a,b": "1,2", "c": "3"})]


def test_blank_rows_are_no_rows_and_formulas_are_text():
    found = read('\na,b\n\n=1+1,"-2\n@x"\n , \n+3,4')
    assert found == [Record(1, {"a": "=1+1", "b": "-2\n@x"}), Record(2, {"a": "+3", "b": "4"})]


def test_too_few_and_too_many_cells_are_problems_with_their_line():
    found = read("a,b\n1,2\n3\n\n1,2,3\n4,5\n")
    assert [record.problem.partition(":")[0] for record in found] == ["", "Line 3", "Line 5", ""]
    assert "1 cells and the header 2" in found[1].problem
    assert [record.number for record in found] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("row", "said", "field"),
    [
        (b"1,\0", "NUL", "b"),
        (b"\xff,2", "UTF-8", "a"),
        (b'"1"x,2', "cannot be cut into cells", ""),
        (b"1\r,2", "carriage return", ""),
        (b"1," + b"x" * (LONGEST_RECORD + 1), "4.0 MB long", ""),
    ],
)
def test_a_bad_row_is_a_problem_of_its_own(row, said, field):
    found = read(b"a,b\n" + row + b"\n3,4\n")
    assert said in found[0].problem
    assert found[0].field == field
    assert found[1] == Record(2, {"a": "3", "b": "4"})


@pytest.mark.parametrize("filler", ["x,y\n" * (MOST_LINES + 5), f"x,{'y' * 100_000}\n" * 45, "x,y\n"])
def test_an_open_quote_costs_its_own_row_and_no_other(filler):
    found = read('a,b\n1,"two\n' + filler)
    assert found[0].problem.startswith("Line 2: ")
    assert "quotation mark" in found[0].problem
    assert len(found) == 1 + filler.count("\n")
    assert not any(record.problem for record in found[1:])


def test_an_open_quote_before_many_short_lines_takes_little_memory():
    content = b'a\n"x\n' + b"y\n" * 100_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in records(BytesIO(content), "rows.csv"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_001
    assert peak < 12 * 1024 * 1024


def test_long_cells_are_read():
    assert read(f'a,b\n1,"{"x" * 200_000}"\n')[0].value == {"a": "1", "b": "x" * 200_000}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b,a\n1,2,3\n", "two columns named 'a'"),
        ("a,,b\n1,2,3\n", "Column 2 of 'rows.csv' has no name"),
        ("a,\0\n1,2\n", "NUL"),
        (b"a,\xff\n1,2\n", "UTF-8"),
        ('"a,b\n', "name the columns"),
        ("a,b\r1,2\r", "carriage return"),
        (",".join(map(str, range(1001))), "1,001 columns"),
        ("a,b\n", "holds no rows"),
    ],
)
def test_a_header_that_cannot_serve_is_refused(content, said):
    with pytest.raises(UnreadableSource, match=said):
        read(content)


@given(st.text("'=+-@\t\ra", max_size=5) | st.text())
def test_every_text_survives_being_neutralised(text):
    cell = neutralised(text)
    assert told(cell) == text
    assert cell[:1] not in set("=+-@\t\r")


def test_only_active_cells_are_marked():
    assert [neutralised(text) for text in ("=1", "-5", "a=1", "'x", "")] == ["'=1", "'-5", "a=1", "'x", ""]
