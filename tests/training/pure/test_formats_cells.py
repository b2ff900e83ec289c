"""CSV tables of every format: nothing in them runs, and reading them gives the very texts back."""

from __future__ import annotations

import csv
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.pure.format_rows import ROWS
from training.formats import FORMATS, reader, recognised, writer
from training.formats.canonical import Canonical
from training.formats.cells import OWN, as_written, csv_lines, header
from training.formats.turns import assistant, user
from training.sources import records

ACTIVE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1")
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd\ufffe\uffff")
TEXTS = st.text(CHARACTERS | st.sampled_from("=+-@\t\r\n'\""), min_size=1, max_size=8).filter(str.strip)
WRITABLE = [name for name, module in FORMATS.items() if hasattr(module, "write")]


def back(name: str, rows: list[Canonical]) -> list[Canonical]:
    table = "".join(csv_lines(name, (writer(name)(row) for row in rows))).encode()
    found = list(records(BytesIO(table), "rows.csv"))
    assert [record.problem for record in found] == [""] * len(rows)
    values = [record.value for record in found if record.value is not None]
    assert recognised(values) == name
    return [row for value in values for row in reader(name)(value)]


def unmarked(row: Canonical) -> Canonical:
    """What a table holds of a row: not the columns of a foreign source."""
    known = {key: value for key, value in row.details.items() if key != "extra"}
    return Canonical(row.messages, row.tools, row.task, row.language, row.group, known)


@pytest.mark.parametrize("name", WRITABLE)
@settings(max_examples=60)
@given(data=st.data())
def test_every_field_that_is_written_has_its_column(name: str, data: st.DataObject) -> None:
    if name in ROWS:
        assert writer(name)(unmarked(data.draw(ROWS[name]))).keys() <= set(header(name))
    assert len(set(header(name))) == len(header(name))


@pytest.mark.parametrize("name", ["prompt_completion", "tutoring", "alpaca", "aidirector"])
@pytest.mark.parametrize("text", ACTIVE)
def test_a_text_that_a_spreadsheet_would_run_is_neutralised_and_comes_back(name: str, text: str) -> None:
    row = Canonical([user(text), assistant(text)], group=text.strip() or "g")
    cells = [cell for line in csv_lines(name, [writer(name)(row)]) for cell in next(csv.reader([line]))]
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []
    (found,) = back(name, [row])
    assert (found.messages, found.group) == (row.messages, row.group)


@settings(max_examples=100)
@given(st.lists(TEXTS, min_size=2, max_size=4))
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    rows = [Canonical([user(text), assistant(text)]) for text in texts]
    assert [row.messages for row in back("prompt_completion", rows)] == [row.messages for row in rows]


def test_a_foreign_tables_apostrophes_stay() -> None:
    row: dict[str, Any] = {"prompt": "'-tis the season", "completion": "'=)"}
    assert as_written(row) == row
    assert as_written(row | {"neutralised": "maybe"}) == row | {"neutralised": "maybe"}
    assert as_written(row | {"neutralised": ""}) == row
    assert as_written(row | {"neutralised": "yes"}) == {"prompt": "-tis the season", "completion": "=)"}


def test_every_format_that_is_written_has_a_table() -> None:
    assert sorted(OWN) == sorted(WRITABLE)
