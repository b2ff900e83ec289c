"""`import_examples` and `export_examples`: public data in and out again, and bad input as one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import commands, factories
from training.models import Dataset

pytestmark = pytest.mark.django_db(transaction=True)
DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def team(var: Any) -> Any:
    return factories.team(name="Ours", slug="ours")


def told(capsys: Any, *arguments: str) -> dict[str, Any]:
    commands.run(*arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def public(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs {name} in ../shared/data")
    return path


@pytest.mark.parametrize(
    ("name", "format", "rows"),
    [("glaive_toolcall_en_demo.json", "sharegpt", 300), ("alpaca_en_demo.json", "alpaca", 999)],
)
def test_public_data_comes_in_with_every_row_accounted_for(team, capsys, name, format, rows):
    found = told(capsys, "import_examples", str(public(name)), "--dataset", "public")
    counts = found["counts"]
    skipped = [json.loads(line) for line in Path(found["skips"]).read_text("utf-8").splitlines()]
    assert (found["format"], counts["rows"]) == (format, rows)
    assert counts["imported"] + len(skipped) == rows
    assert counts["imported"] == Dataset.objects.get(slug="public").examples.count() > rows * 0.8
    assert all(skip["reason"] for skip in skipped)


def test_what_was_imported_goes_out_as_it_came(team, capsys, tmp_path):
    source = json.loads(public("glaive_toolcall_en_demo.json").read_text("utf-8"))
    told(capsys, "import_examples", str(DATA / "glaive_toolcall_en_demo.json"), "--dataset", "glaive")
    out = tmp_path / "glaive.jsonl"
    told(capsys, "export_examples", "glaive", "--format", "sharegpt", "--to", str(out))
    exported = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    numbers = [int(e.source.rpartition(":")[2]) for e in Dataset.objects.get(slug="glaive").examples.order_by("pk")]
    assert len(exported) == len(numbers) > 200
    for number, row in zip(numbers, exported, strict=True):
        assert comparable(row) == comparable(source[number - 1])


def comparable(row: dict[str, Any]) -> Any:
    """Texts as they are, calls and tools as objects."""
    turns = [
        (turn["from"], json.loads(turn["value"]) if turn["from"] == "function_call" else turn["value"])
        for turn in row["conversations"]
    ]
    return turns, json.loads(row.get("tools") or "[]")


def test_a_dry_run_keeps_nothing(team, capsys, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("คำสั่ง,คำตอบ\nขอสูตรแกงส้ม,ใช้น้ำพริกแกงส้ม\n", "utf-8")
    found = told(capsys, "import_examples", str(path), "--dataset", "ours", "--dry-run")
    assert (found["dry_run"], found["counts"]["imported"]) == (True, 1)
    assert not Dataset.objects.get(slug="ours").examples.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import_examples", "nowhere.json", "--dataset", "d"), "The file nowhere.json cannot be read"),
        (("import_examples", __file__, "--dataset", "d", "--format", "yaml"), "There is no format 'yaml'."),
        (("import_examples", __file__, "--dataset", "d", "--columns", "[]"), "--columns takes a JSON object"),
        (("export_examples", "d", "--to", "x"), "There is no dataset 'd' in Ours."),
    ],
)
def test_bad_input_is_one_sentence(team, capsys, arguments, sentence):
    assert commands.refused(capsys, *arguments).startswith(sentence)
    assert not Dataset.objects.exists()


def test_a_format_that_is_only_read_is_not_written(team, capsys, tmp_path):
    factories.dataset(team=team, slug="d")
    refused = commands.refused(capsys, "export_examples", "d", "--format", "trees", "--to", str(tmp_path / "x"))
    assert refused.startswith("The format 'trees' cannot be written.")
