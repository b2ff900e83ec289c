"""Exporting: chosen examples, written whole or not at all, without formulas, and not to strangers."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse

from brands.models import Role
from tests import commands
from tests import factories as make
from training.errors import UnreadableSource
from training.models import Dataset, Example
from training.services import exports
from training.services.exports import export
from training.services.imports import import_now, new_import

pytestmark = pytest.mark.django_db
SAID = ("=HYPERLINK(1)", "+66 81", "-5 °C", "@home", "\tindented", "'=quoted", "line\nline", 'a "word", and', "ผัดไทย")


def talk(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}, {"role": "assistant", "content": f"{text}?"}]


@pytest.fixture
def dataset(var):
    return make.dataset(slug="ours")


@pytest.fixture
def rows(dataset):
    return [make.example(dataset=dataset, messages=talk(text), tools=[], group="=g") for text in SAID]


def texts(dataset: Dataset) -> list[list[str]]:
    return [[m["content"] for m in example.messages] for example in dataset.examples.order_by("pk")]


@pytest.mark.parametrize("format", ["aidirector", "prompt_completion", "openai", "sharegpt"])
def test_a_table_runs_nothing_and_comes_back_as_it_was(dataset, rows, tmp_path, format):
    path = tmp_path / "out.csv"
    told = export(dataset=dataset, format=format, path=path, kind="csv")
    assert (told["written"], told["left_out"]) == (len(SAID), [])
    table = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert len(table) == len(SAID) + 1
    assert [cell for line in table for cell in line if cell.startswith(tuple("=+-@\t\r"))] == []
    back = make.dataset(slug="back", team=dataset.team)
    row = new_import(dataset=back, file=path.open("rb"), name="out.csv", dry_run=False, options={"near": False})
    assert import_now(row).counts["imported"] == len(SAID)
    assert texts(back) == texts(dataset)
    assert set(back.examples.values_list("group", flat=True)) == {"=g"}


def test_states_and_split_are_chosen(dataset, rows, tmp_path):
    make.example(dataset=dataset, state="draft")
    make.example(dataset=dataset, state="rejected")
    make.example(dataset=dataset, split="held_out")
    counts = [
        export(dataset=dataset, format="aidirector", path=tmp_path / "x", **which)["written"]
        for which in ({"states": ["draft", "rejected"]}, {"split": "held_out"}, {})
    ]
    assert counts == [2, 1, len(SAID) + 3]


def test_a_file_is_replaced_whole_or_not_at_all(dataset, rows, tmp_path, monkeypatch):
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    real, seen = exports.canonical, []

    def breaks(example: Example) -> Any:
        seen.append(example)
        if len(seen) == 3:
            raise OSError(28, "No space left on device")
        return real(example)

    monkeypatch.setattr(exports, "canonical", breaks)
    with pytest.raises(OSError, match="No space"):
        export(dataset=dataset, format="aidirector", path=path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir() if each.is_file()] == [("out.jsonl", "before")]
    with pytest.raises(UnreadableSource, match="cannot be written"):
        export(dataset=dataset, format="trees", path=path)


def test_rows_that_a_format_cannot_hold_are_named(dataset, rows, tmp_path):
    tools = make.example(dataset=dataset)
    told = export(dataset=dataset, format="alpaca", path=tmp_path / "out.jsonl")
    assert (told["examples"], told["written"]) == (len(SAID) + 1, len(SAID))
    assert [each["example"] for each in told["left_out"]] == [tools.pk]


def page(client: Any, **query: Any) -> Any:
    return client.get(reverse("admin:training_example_export_examples"), query)


def test_a_viewer_counts_and_downloads(client, dataset, rows):
    tools = make.example(dataset=dataset)
    client.force_login(make.member(of=dataset.team, role=Role.VIEWER))
    assert f'value="{dataset.pk}" selected' in page(client, dataset=dataset.pk).content.decode()
    chosen = {"dataset": dataset.pk, "format": "alpaca", "kind": "jsonl", "states": ["approved"], "split": "train"}
    counted = page(client, **chosen).content.decode()
    assert f"{len(SAID) + 1} examples are chosen" in counted
    assert f"/{tools.pk}/change/" in counted
    answer = page(client, **chosen, download="yes")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ours.alpaca.jsonl"'
    found = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [row["instruction"] for row in found] == list(SAID)


def test_a_stranger_gets_nothing(client, dataset, rows):
    client.force_login(make.member())
    assert dataset.name not in page(client).content.decode()
    answer = page(client, dataset=dataset.pk, format="aidirector", kind="csv", download="yes")
    assert not answer.streaming
    assert "Select a valid choice" in answer.content.decode()


def test_the_lines_are_served_one_by_one(client, async_client, dataset, rows):
    person = make.member(of=dataset.team, role=Role.VIEWER)
    where = reverse("admin:training_example_export_examples")
    chosen = {"dataset": dataset.pk, "format": "prompt_completion", "kind": "csv", "download": "yes"}

    async def served() -> list[bytes]:
        await async_client.aforce_login(person)
        answer = await async_client.get(where, chosen)
        assert answer.is_async
        return [line async for line in answer.streaming_content]

    content = async_to_sync(served)()
    assert len(content) == len(SAID) + 2
    assert b'"\'=HYPERLINK(1)"' in content[2]


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_a_table_where_the_name_says_so(dataset, rows, tmp_path, capsys):
    path = tmp_path / "out.csv"
    commands.run("export_examples", "ours", "--format", "alpaca", "--to", str(path), "--state", "approved", "--json")
    assert json.loads(capsys.readouterr().out)["written"] == len(SAID)
    assert path.read_text("utf-8-sig").startswith('"instruction","input","output"')
    commands.run("export_examples", "ours", "--to", str(path), "--state", "draft", "--state", "rejected", "--json")
    assert json.loads(capsys.readouterr().out)["written"] == 0
