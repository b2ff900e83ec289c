from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.fields import check_json
from tests.training.pure.format_rows import JUNK, ROWS, broken, node, tree
from training.errors import UnreadableRow, UnreadableSource
from training.formats import FORMATS, reader, recognised, writer
from training.formats.canonical import Canonical

TREE = tree(start=node("more", "end", "end"), more=node("end", "end", "end"), end={})


@pytest.mark.parametrize("name", ROWS)
@given(data=st.data())
def test_what_is_written_is_read_back(name: str, data: st.DataObject) -> None:
    row = data.draw(ROWS[name])
    record = json.loads(json.dumps(writer(name)(row)))
    assert FORMATS[name].read(record) == [row]
    assert recognised([record]) in {name, "aidirector"}
    assert reader(recognised([record]))(record) == [row]


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_a_broken_record_is_read_or_refused_in_a_sentence(name: str, data: st.DataObject) -> None:
    whole = writer(name)(data.draw(ROWS[name])) if name in ROWS else TREE
    check(name, data.draw(broken(whole)))


@pytest.mark.parametrize("name", FORMATS)
@given(record=st.dictionaries(st.text(max_size=8), JUNK, max_size=4))
def test_junk_is_refused_in_a_sentence(name: str, record: dict[str, Any]) -> None:
    check(name, record)


def check(name: str, record: dict[str, Any]) -> None:
    """Read, or refused; what is read fits the database, and what is written of it is read as the same."""
    with suppress(UnreadableSource):
        recognised([record])
    for read in (FORMATS[name].read, reader(name)):
        try:
            rows = read(record)
        except UnreadableRow as problem:
            said, rows = str(problem), []
            assert (said[0].isupper(), said[-1]) == (True, ".")
        for row in rows:
            assert isinstance(row, Canonical)
            check_json(vars(row))
            if name in ROWS:
                with suppress(UnreadableRow):
                    assert FORMATS[name].read(writer(name)(row)) == [row]


@pytest.mark.parametrize("name", ROWS)
@given(messages=JUNK, tools=JUNK, extra=JUNK)
def test_a_row_that_is_none_is_not_written(name: str, messages: Any, tools: Any, extra: Any) -> None:
    with suppress(UnreadableRow):
        writer(name)(Canonical(messages=messages, tools=tools, details={"extra": extra, "input": extra}))


@pytest.mark.parametrize("name", ROWS)
@given(data=st.data())
def test_every_row_is_written_in_another_format_or_refused(name: str, data: st.DataObject) -> None:
    row = data.draw(ROWS[data.draw(st.sampled_from(sorted(ROWS)))])
    with suppress(UnreadableRow):
        again = FORMATS[name].read(writer(name)(row))[0]
        assert (again.messages, again.tools) == (row.messages, row.tools)
