"""Importing: every row of a file is accounted for, nothing comes in twice, and a dry run keeps nothing."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from background.models import JobState
from tests import factories
from training.errors import UnreadableSource
from training.models import Dataset, Example, Finding, Import
from training.services.exports import export
from training.services.imports import import_now, keep, new_import
from training.services.intake import SeenRows
from training.services.tools import keep_tools

pytestmark = pytest.mark.django_db
QUESTIONS = ("How do I brew tea?", "What is the tallest hill in Kent?", "Name three blue birds.", "ขอสูตรแกงส้มหน่อย")


@pytest.fixture
def dataset(var: Any) -> Dataset:
    return factories.dataset(slug="ours")


def alpaca(asked: str, **more: Any) -> dict[str, Any]:
    return {"instruction": asked, "input": "", "output": f"The answer to: {asked}", **more}


def lines(*records: Any) -> bytes:
    return "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in records).encode()


def imported(dataset: Dataset, content: bytes, name: str = "rows.jsonl", **more: Any) -> Import:
    row = new_import(dataset=dataset, file=io.BytesIO(content), name=name, **{"dry_run": False, **more})
    return import_now(row)


def skips(row: Import) -> list[dict[str, Any]]:
    return [json.loads(line) for line in row.skips_path.read_text("utf-8").splitlines()]


def test_every_row_is_imported_or_told(dataset: Dataset) -> None:
    good = [alpaca(asked) for asked in QUESTIONS]
    row = imported(
        dataset, lines(*good, "{broken", alpaca(QUESTIONS[0]), {"instruction": ["?"], "input": "", "output": ""})
    )
    assert (row.state, row.format) == (JobState.COMPLETED, "alpaca")
    assert row.counts["rows"] == 7
    assert row.counts["imported"] == row.counts["examples"] == dataset.examples.count() == 4
    assert [(skip["row"], skip["outcome"]) for skip in skips(row)] == [
        (5, "unreadable"), (6, "duplicate"), (7, "unreadable"),
    ]  # fmt: skip
    assert row.faults == skips(row)
    assert skips(row)[2]["field"] == "instruction"


def test_what_comes_in_is_a_draft_with_its_source_language_and_findings(dataset: Dataset) -> None:
    row = imported(dataset, lines(alpaca(QUESTIONS[3]), alpaca("Mail me at jo.smith@gmail.com today, please.")))
    thai, mail = dataset.examples.order_by("pk")
    assert (thai.state, thai.language, thai.source, thai.imported_by) == ("draft", "th", "rows.jsonl:1", row)
    assert mail.language == "en"
    assert set(mail.findings.values_list("severity", flat=True)) >= {Finding.Severity.WARNING}
    assert row.counts["warning"] >= 1


def test_nearly_the_same_row_is_skipped_unless_it_is_wanted(dataset: Dataset) -> None:
    long = "Tell me how the lighthouse keepers of the northern islands spend the long winter evenings"
    both = lines(alpaca(long + "."), alpaca(long + "!"))
    row = imported(dataset, both)
    assert (row.counts["imported"], row.counts["near_duplicate"]) == (1, 1)
    assert "nearly the same as row 1" in row.faults[0]["reason"]
    other = factories.dataset(slug="other", team=dataset.team)
    assert imported(other, both, options={"near": False}).counts["imported"] == 2


def test_a_second_import_of_the_same_file_adds_nothing(dataset: Dataset) -> None:
    content = lines(*(alpaca(asked) for asked in QUESTIONS))
    imported(dataset, content)
    again = imported(dataset, content)
    assert (again.counts.get("imported", 0), again.counts["duplicate"]) == (0, 4)
    assert dataset.examples.count() == 4


def test_a_dry_run_counts_and_shows_but_keeps_nothing(dataset: Dataset) -> None:
    row = imported(dataset, lines(*(alpaca(asked) for asked in QUESTIONS)), dry_run=True)
    assert (row.counts["imported"], len(row.samples)) == (4, 3)
    assert not dataset.examples.exists()
    kept = import_now(keep(dry_run=row))
    assert (kept.dry_run, kept.counts["imported"], dataset.examples.count()) == (False, 4, 4)


def test_a_worker_that_died_in_the_middle_leaves_nothing_behind_when_it_goes_on(dataset: Dataset) -> None:
    row = new_import(dataset=dataset, file=io.BytesIO(lines(alpaca(QUESTIONS[0]))), name="rows.jsonl", dry_run=False)
    factories.example(dataset=dataset, imported_by=row, messages=[{"role": "user", "content": "half"}])
    import_now(row)
    assert [example.messages[0]["content"] for example in dataset.examples.all()] == [QUESTIONS[0]]


def test_a_file_that_holds_no_rows_fails_with_a_sentence(dataset: Dataset) -> None:
    row = imported(dataset, b"\x00\x01\x02 not rows at all", "picture.png")
    assert (row.state, dataset.examples.count()) == (JobState.FAILED, 0)
    assert row.reason.endswith(".")
    assert not row.traceback


def test_rows_of_no_known_format_fail_and_name_the_formats(dataset: Dataset) -> None:
    row = imported(dataset, lines({"colour": "blue"}, {"colour": "red"}))
    assert row.state == JobState.FAILED
    assert "alpaca" in row.reason


def test_an_unknown_format_is_refused_before_anything_is_kept(dataset: Dataset) -> None:
    with pytest.raises(UnreadableSource, match="no format 'yaml'"):
        new_import(dataset=dataset, file=io.BytesIO(b"{}"), name="rows.json", format="yaml")
    assert not Import.objects.exists()


def test_our_own_export_comes_back_as_it_was(dataset: Dataset, tmp_path: Any) -> None:
    brand = factories.brand(team=dataset.team, slug="lab")
    factories.example(dataset=dataset, split="held_out", kind="unseen_wording", group="g", brand=brand, synthetic=True)
    factories.example(dataset=dataset)
    told = export(dataset=dataset, format="aidirector", path=tmp_path / "out.jsonl")
    assert (told["written"], told["left_out"]) == (2, [])
    back = factories.dataset(slug="back", team=dataset.team)
    row = imported(back, (tmp_path / "out.jsonl").read_bytes(), options={"near": False})
    assert (row.format, row.counts["imported"]) == ("aidirector", 2)
    columns = ("messages", "tools", "split", "kind", "brand_id", "synthetic", "task", "language", "content_hash")
    first, second = (list(d.examples.order_by("pk").values_list(*columns)) for d in (dataset, back))
    assert [row[:-1] for row in first] == [row[:-1] for row in second]


def test_seen_rows_remembers_on_disk(tmp_path: Any) -> None:
    seen = SeenRows(str(tmp_path / "seen.sqlite"))
    assert [seen.add(digest) for digest in ("a", "b", "a")] == [True, True, False]
    seen.close()
    assert SeenRows(str(tmp_path / "seen.sqlite")).add("a")


def test_another_teams_brand_is_not_attached(dataset: Dataset) -> None:
    factories.brand(slug="theirs")
    record = {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes."}],
        "brand": "theirs",
    }
    imported(dataset, lines(record), format="aidirector")
    assert Example.objects.get(dataset=dataset).brand is None


def test_a_row_with_an_older_declaration_of_a_tool_comes_in_marked(dataset: Dataset) -> None:
    text = {"type": "string"}
    keep_tools(team=dataset.team, declarations=[factories.schema("play", title=text)])
    record = {
        "messages": [
            {"role": "user", "content": "Play Halo"},
            {"role": "assistant", "content": "", "tool_calls": [factories.call("play", song="Halo")]},
        ],
        "tools": [factories.schema("play", song=text)],
    }
    imported(dataset, lines(record))
    assert dataset.examples.get().findings.filter(code="stale_tool").count() == 1
