"""Mending in bulk: what the checks found and needs no person, each row an edit that can be seen and taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from brands.models import Role
from tests import commands
from tests import factories as make
from training.models import Example
from training.services.content import content_hash
from training.services.findings import check_again
from training.services.mending import mend, mend_all, preview
from training.services.review import undo

pytestmark = pytest.mark.django_db
LIST = "admin:training_example_changelist"


def row(text: str, **columns: Any) -> Example:
    """A row that says this, checked."""
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]
    example = make.example(
        **{"messages": messages, "tools": [], "state": "in_review", **columns},
        content_hash=content_hash("train", messages, ""),
    )
    check_again(example)
    return example


def asked(example: Example) -> str:
    return str(Example.objects.get(pk=example.pk).messages[0]["content"])


@pytest.fixture
def dataset(var):
    return make.dataset(slug="ours")


@pytest.fixture
def ann(dataset):
    return make.member(of=dataset.team, role=Role.CURATOR)


def test_a_row_is_mended_and_can_be_taken_back(dataset, ann):
    example = row("Tea\u200b please\r\n", dataset=dataset, state="approved")
    change = mend(example=example, user=ann)
    assert change is not None
    assert (change.user, change.reason) == (ann, "mended: carriage_return, invisible_character")
    example.refresh_from_db()
    assert (asked(example), example.state, list(example.findings.all())) == ("Tea please\n", "in_review", [])
    assert mend(example=example, user=ann) is None
    undo(example=example, user=ann)
    assert asked(example) == "Tea\u200b please\r\n"
    assert {finding.code for finding in example.findings.all()} == {"invisible_character", "carriage_return"}


def test_many_rows_are_mended_and_the_others_counted(dataset, ann):
    rows = [row("one\u200b", dataset=dataset), row("two\r", dataset=dataset), row("a\x85b", dataset=dataset)]
    sound, twin = row("three", dataset=dataset), row("three\u200b", dataset=dataset)
    count, first = preview(examples=dataset.examples.all())
    assert (count, [found.example for found in first]) == (3, [rows[0], rows[1], twin])
    assert asked(rows[0]) == "one\u200b"
    told = mend_all(examples=dataset.examples.all(), user=ann)
    assert (told["mended"], told["left"]) == (2, 1)
    assert told["by_code"] == {"invisible_character": 1, "carriage_return": 1}
    assert [each["example"] for each in told["refused"]] == [twin.pk]
    assert (asked(rows[0]), asked(rows[1]), asked(twin)) == ("one", "two\n", "three\u200b")
    assert not sound.changes.exists()


def test_only_the_finding_that_is_asked_for_and_no_more_rows_than_told(dataset):
    rows = [row(f"{n}\u200b\r", dataset=dataset) for n in range(3)]
    told = mend_all(examples=dataset.examples.all(), codes=["carriage_return"], most=2)
    assert (told["mended"], told["left"]) == (2, 1)
    assert [asked(each) for each in rows] == ["0\u200b\n", "1\u200b\n", "2\u200b\r"]


def test_the_list_shows_before_and_after_and_then_mends(client, dataset, ann):
    client.force_login(ann)
    mine, sound = row("Tea\u200b please\r", dataset=dataset), row("Coffee", dataset=dataset)
    theirs = row("Milk\u200b")
    where = reverse(LIST, query={"finding": "invisible_character"})
    chosen = {"action": "mend", "_selected_action": [mine.pk, sound.pk, theirs.pk], "select_across": "0"}
    page = client.post(where, chosen).content.decode()
    assert "1 example can be mended" in page
    assert "<del>[U+200B]</del>" in page
    assert asked(mine) == "Tea\u200b please\r"
    told = client.post(where, chosen | {"sure": "yes"}, follow=True).content.decode()
    assert "1 example mended." in told
    assert (asked(mine), asked(theirs)) == ("Tea please\r", "Milk\u200b")


def test_one_key_mends_the_row_under_review(client, dataset, ann):
    client.force_login(ann)
    where, example = reverse("admin:training_dataset_review", args=[dataset.pk]), row("Tea\u200b", dataset=dataset)
    assert 'data-key="m"' in client.get(where).content.decode()
    page = client.post(where, {"row": example.pk, "action": "mend"}, follow=True).content.decode()
    assert "Mended: Invisible character." in page
    assert 'data-key="m"' not in page
    assert asked(example) == "Tea"
    client.post(where, {"action": "undo"})
    assert asked(example) == "Tea\u200b"


@pytest.mark.django_db(transaction=True)
def test_the_command_counts_first_and_then_mends(dataset, capsys):
    example = row("Tea\u200b\r", dataset=dataset)
    commands.run("mend_examples", "ours", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["would_mend"] == 1
    assert asked(example) == "Tea\u200b\r"
    commands.run("mend_examples", "ours", "--code", "invisible_character")
    assert capsys.readouterr().out.splitlines() == ["1 examples mended, 0 left to people.", "  invisible_character: 1"]
    assert asked(example) == "Tea\r"
    assert commands.refused(capsys, "mend_examples", "nowhere").startswith("There is no dataset 'nowhere'")
