from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from training.errors import UnreadableSource
from training.sources import Record, archives, records, sheet_names, workbook_parts
from training.sources.workbook_parts import time_format

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff_"), min_size=1).filter(
    str.strip
)
SHEET = '<sheet name="One" r:id="s"/>'
HEADER = '<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="str"><v>b</v></c></row>'


def written(*rows: list[Any], title: str = "Rows", **other: list[list[Any]]) -> bytes:
    """A workbook as openpyxl writes it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, more in other.items():
        added = book.create_sheet(name)
        for row in more:
            added.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def parts(rows: str, **changed: str | bytes) -> dict[str, str | bytes]:
    """The parts of the smallest workbook, with this as the rows of its sheet."""
    return {
        "_rels/.rels": RELATIONS.format(f'<Relationship Id="r" Type="{KIND}/officeDocument" Target="/xl/book.xml"/>'),
        "xl/book.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{KIND}"><sheets>{SHEET}</sheets></workbook>',
        "xl/_rels/book.xml.rels": RELATIONS.format(
            f'<Relationship Id="s" Type="{KIND}/worksheet" Target="../xl/one.xml"/>'
            f'<Relationship Id="t" Type="{KIND}/sharedStrings" Target="texts.xml"/>'
            f'<Relationship Id="u" Type="{KIND}/styles" Target="styles.xml"/>'
        ),
        "xl/one.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    } | changed


def packed(contents: Mapping[str, str | bytes], method: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def read(content: bytes, **options: str) -> list[Record]:
    return list(records(BytesIO(content), "rows.xlsx", **options))


def refusal(content: bytes, **options: str) -> str:
    with pytest.raises(UnreadableSource) as caught:
        read(content, **options)
    return str(caught.value)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_texts_come_back_as_they_were_written(rows):
    rows = [tuple(cell if cell[0] != "=" else f"x{cell}" for cell in row) for row in rows]
    rows = [row for row in rows if not any(cell.startswith("#") for cell in row)] or [("x", "y")]
    found = read(written(["a", "b"], *map(list, rows)))
    assert [tuple((record.value or {}).values()) for record in found] == rows


@given(st.integers(-(10**14), 10**14) | st.floats(-1e300, 1e300))
def test_numbers_are_written_as_they_are_typed(number):
    (found,) = read(written(["n"], [number]))
    text = (found.value or {})["n"]
    assert float(text) == pytest.approx(number, rel=1e-14)
    assert not text.endswith(".0")


@given(st.datetimes(datetime(1900, 3, 1), datetime(2999, 1, 1)))
def test_moments_come_back_to_the_second(moment):
    moment = moment.replace(microsecond=0)
    (found,) = read(written(["t"], [moment]))
    midnight = moment.time() == time(0)
    assert (found.value or {})["t"] == (str(moment.date()) if midnight else str(moment))


def test_other_kinds_of_cells():
    row = [True, False, date(2024, 2, 29), time(8, 5), timedelta(hours=36, minutes=1), None, 3.0, 0.1]
    (found,) = read(written(list("abcdefgh"), row))
    assert list((found.value or {}).values()) == [
        "true", "false", "2024-02-29", "08:05:00", "36:01:00", "", "3", "0.1",
    ]  # fmt: skip


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    rows = HEADER + '<row><c s="1"><v>1</v></c><c s="1"><v>60</v></c></row>'
    contents = parts(rows, **{"xl/styles.xml": styles})
    assert read(packed(contents))[0].value == {"a": "1900-01-01", "b": "1900-02-28"}
    book = str(contents["xl/book.xml"]).replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert read(packed(contents | {"xl/book.xml": book}))[0].value == {"a": "1904-01-02", "b": "1904-03-01"}


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("yyyy-mm-dd", "date"), ("h:mm AM/PM", "date"), ("[$-41E]d mmmm yyyy", "date"), ("[hh]:mm", "duration"),
        ("General", ""), ("0.00", ""), ('#,##0 "days"', ""), ("[Red]0;[Yellow]-0", ""), ("0\\d", ""), ("_-* 0", ""),
    ],
)  # fmt: skip
def test_which_formats_mean_a_time(code, meaning):
    assert time_format(code) == meaning


def test_the_first_sheet_is_read_or_the_one_that_is_named():
    content = written(["a"], ["1"], More=[["b"], ["2"]], Empty=[])
    assert read(content) == [Record(1, {"a": "1"})]
    assert read(content, sheet="More") == [Record(1, {"b": "2"})]
    assert "no sheet 'Else'. Use one of: 'Rows', 'More', 'Empty'." in refusal(content, sheet="Else")
    assert "holds no rows" in refusal(content, sheet="Empty")


def test_blank_rows_are_no_rows_and_the_table_may_stand_anywhere():
    rows = [[], [None, "a", "b"], [], [None, "1", None], [None, " "], [None, None, "2"]]
    assert read(written(*rows)) == [Record(1, {"a": "1", "b": ""}), Record(2, {"a": "", "b": "2"})]


def test_formulas_errors_and_strays_are_problems_with_their_place():
    found = read(written(["a", "b"], ["x", "=1+1"], ["#REF!", "y"], ["x", "y", "z"], ["x", "y"]))
    assert found[0].problem.startswith("Row 2 of the sheet: the cell holds a formula.")
    assert (found[0].field, "(B2)" in found[0].problem) == ("b", True)
    assert "shows an error" in found[1].problem
    assert "C4 stands in a column without a name" in found[2].problem
    assert found[3] == Record(4, {"a": "x", "b": "y"})


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("<v>x</v>", "cannot be read"),
        ("<v>1e999</v>", "cannot be read"),
        ('t="s"><v>9</v>', "cannot be read"),
        ('t="s"><v>-1</v>', "cannot be read"),
        ('t="b"><v>7</v>', "cannot be read"),
        ('s="x"><v>1</v>', "cannot be read"),
        ('s="1"><v>-1</v>', "cannot be read"),
        ('s="1"><v>1e9</v>', "cannot be read"),
        ('t="str"><v>_x0000_</v>', "NUL"),
        ('t="str"><v>_xD800_</v>', "surrogate"),
        ('t="str"><f>A1</f><v>1</v>', "formula"),
    ],
)
def test_a_cell_that_means_nothing_is_a_problem(cell, said):
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="22"/></cellXfs></styleSheet>'
    texts = f'<sst xmlns="{MAIN}"><si><t>one</t></si></sst>'
    opened = cell if not cell.startswith("<") else f">{cell}"
    rows = f"{HEADER}<row><c {opened}</c></row><row><c t='s'><v>0</v></c></row>"
    found = read(packed(parts(rows, **{"xl/styles.xml": styles, "xl/texts.xml": texts})))
    assert (said in found[0].problem, found[0].field) == (True, "a")
    assert found[1] == Record(2, {"a": "one", "b": ""})


def test_runs_are_joined_readings_left_out_and_escapes_undone():
    texts = "<r><t>กัน</t></r><r><rPr/><t xml:space='preserve'> แดด</t></r><rPh><t>read so</t></rPh><phoneticPr/>"
    rows = f"{HEADER}<row><c t='inlineStr'><is>{texts}</is></c><c t='s'><v>0</v></c></row>"
    shared = f'<sst xmlns="{MAIN}"><si>{texts}<r><t>_x000D_ _x005F_x000D_</t></r></si></sst>'
    found = read(packed(parts(rows, **{"xl/texts.xml": shared})))
    assert found == [Record(1, {"a": "กัน แดด", "b": "กัน แดด\r _x000D_"})]


def test_namespaces_may_be_written_with_prefixes():
    contents = {
        name: str(part).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
        for name, part in parts(f"{HEADER}<row><c><v>1</v></c></row>").items()
    }
    assert read(packed(contents)) == [Record(1, {"a": "1", "b": ""})]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["a", "a"]], "two columns named 'a'"),
        ([["a", None, "b"]], "Column 2 of 'rows.xlsx' has no name"),
        ([["a", "=b"]], "Cell B1 of 'rows.xlsx' should name a column"),
        ([["a", "b"]], "holds no rows"),
        ([], "holds no rows"),
    ],
)
def test_a_header_that_cannot_serve_is_refused(rows, said):
    assert said in refusal(written(*rows))


def test_a_bomb_is_refused_by_what_it_says_of_itself():
    assert "unpacks to far more" in refusal(packed(parts("") | {"xl/media.bin": bytes(8 * 1024 * 1024)}))
    many = {f"{number}.xml": "" for number in range(archives.MOST_PARTS + 1)}
    assert f"{len(many) + 4:,} files" in refusal(packed(parts("") | many))


def test_a_bomb_is_refused_by_what_comes_out_of_it(monkeypatch):
    """What it says of itself is never more than this: only the bytes that come out are counted here."""
    rows = HEADER + "<row><c><v>1</v></c></row>" * 5000
    content = packed(parts(rows))
    assert len(read(content)) == 5000
    monkeypatch.setattr(archives.Archive, "check", lambda _: None)
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 100_000)
    found = read(content)
    assert 0 < len(found) < 5000
    assert "unpacks to far more" in found[-1].problem
    assert not any(record.problem for record in found[:-1])


def test_parts_may_not_say_that_they_are_too_much_together(monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 1000)
    assert "unpacks to far more" in refusal(written(["a"], ["1"]))


def test_shared_texts_have_an_end(monkeypatch):
    monkeypatch.setattr(workbook_parts, "MOST_TEXTS", 2)
    texts = f'<sst xmlns="{MAIN}">{"<si><t>x</t></si>" * 3}</sst>'
    assert "more text than fits" in refusal(packed(parts(HEADER, **{"xl/texts.xml": texts})))


def test_small_parts_stay_small(monkeypatch):
    monkeypatch.setattr(workbook_parts, "LARGEST_PART", 50)
    assert "unpacks to far more" in refusal(written(["a"], ["1"]))


@pytest.mark.parametrize("part", ["xl/one.xml", "xl/book.xml", "xl/texts.xml", "_rels/.rels"])
def test_document_types_and_with_them_entities_are_refused(part):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><x>&a;&b;</x>'
    assert "document type" in refusal(packed(parts(HEADER) | {part: bomb}))


def test_what_is_packed_or_locked_as_no_workbook_is_refused():
    assert "packed as no workbook is" in refusal(packed(parts(HEADER), ZIP_BZIP2))
    locked = bytearray(packed(parts(HEADER)))
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert "password" in refusal(bytes(locked))


@pytest.mark.parametrize(
    "contents",
    [
        {"a.txt": "hello"},
        {"_rels/.rels": RELATIONS.format("")},
        parts("") | {"xl/book.xml": "<workbook>"},
        parts("") | {"xl/book.xml": '<?xml version="1.0" encoding="nonsense"?><workbook/>'},
        parts("") | {"xl/book.xml": "<workbook/>"},
        parts("") | {"xl/one.xml": "no markup"},
        parts("<a>" * 101 + "</a>" * 101),
    ],
)
def test_an_archive_that_is_no_workbook_is_refused(contents):
    assert "'rows.xlsx'" in refusal(packed(contents))


def test_a_table_of_contents_of_many_megabytes_is_not_read():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number:060}", b"")
    assert "damaged" in refusal(file.getvalue())


def test_damage_keeps_the_rows_before_it():
    rows = HEADER + "<row><c><v>1</v></c></row>" * 20_000
    contents = parts(rows)
    contents["xl/one.xml"] = str(contents["xl/one.xml"]).replace("</sheetData>", "<")
    found = read(packed(contents))
    assert len(found) == 20_001
    assert "damaged" in found[-1].problem
    assert found[-2].value == {"a": "1", "b": ""}


@given(st.integers(0, 2**32))
def test_no_damage_raises_anything_unexpected(seed):
    content = bytearray(written(["a", "b"], ["one", 2], ["x" * 50, True]))
    random = Random(seed)
    for _ in range(random.randint(1, 6)):
        content[random.randrange(4, len(content))] = random.randrange(256)
    if random.random() < 0.3:
        del content[random.randrange(4, len(content)) :]
    try:
        found = read(bytes(content))
    except UnreadableSource:
        return
    assert all((record.value is None) == bool(record.problem) for record in found)


def test_a_row_of_too_much_text_is_refused_and_a_cell_of_it_ends_the_sheet():
    said = Random(1).randbytes(2_400_000).hex()
    row = "".join(
        f"<c t='inlineStr'><is><t>{said[at : at + 1_100_000]}</t></is></c>" for at in range(0, 4_400_001, 1_100_000)
    )
    found = read(packed(parts(f"{HEADER}<row>{row}</row><row><c><v>1</v></c></row>")))
    assert "more than 4 MB of text" in found[0].problem
    assert found[1].value == {"a": "1", "b": ""}
    found = read(
        packed(parts(f"{HEADER}<row><c><v>1</v></c></row><row><c t='inlineStr'><is><t>{said}</t></is></c></row>"))
    )
    assert found[0].value == {"a": "1", "b": ""}
    assert "a cell of more than 4 MB" in found[1].problem


def test_a_large_sheet_takes_a_few_megabytes():
    random = Random(1)
    lines = [f"<row ht='20'><c t='s'><v>{n}</v></c><c><v>{random.random()}</v></c></row>" for n in range(8_000)]
    texts = "".join(f"<si><t>{'ก' * 300} {random.random()}</t></si>" for _ in lines)
    shared = f'<sst xmlns="{MAIN}">{texts}</sst>'
    content = packed(parts(HEADER + "".join(lines), **{"xl/texts.xml": shared}))
    del texts, shared, lines
    tracemalloc.start()
    try:
        count = sum(record.value is not None for record in records(BytesIO(content), "rows.xlsx"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 8_000
    assert peak < 4 * 1024 * 1024


def test_the_sheets_of_a_workbook_are_told_and_other_files_have_none():
    stream = BytesIO(written(["a"], title="One", Two=[["b"], ["x"]]))
    assert sheet_names(stream, "rows.xlsx") == ["One", "Two"]
    assert [record.value for record in records(stream, "rows.xlsx", sheet="Two")] == [{"b": "x"}]
    for content in (b"", b"a,b\n1,2\n", b"PK\x03\x04 broken"):
        assert sheet_names(BytesIO(content), "rows.xlsx") == []
