"""Drawing a split: groups stay whole, rows keep their state, changes tell it, and the next version knows the seed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import commands, factories
from training.errors import SplitRefused
from training.models import Change, Dataset, Example
from training.services.content import content_hash
from training.services.datasets import freeze
from training.services.findings import check_again
from training.services.review import undo
from training.services.split_preview import preview
from training.services.splitting import split


@pytest.fixture
def printed(capsys):
    """What a command prints."""

    def run(*arguments: str) -> str:
        capsys.readouterr()
        commands.run(*arguments)
        return capsys.readouterr().out

    return run


@pytest.fixture
def dataset(team):
    return factories.dataset(team=team, slug="chat", name="Chat")


def row(dataset: Dataset, said: str, split: str = "train", **columns: Any) -> Example:
    """An approved text with an answer, its hash what the services make of it."""
    messages = columns.pop("messages", None) or [
        {"role": "user", "content": said},
        {"role": "assistant", "content": f"About {said}."},
    ]
    columns = {"task": "chat", "tools": [], **columns}
    return factories.example(
        dataset=dataset, split=split, messages=messages, content_hash=content_hash(split, messages, ""), **columns
    )


def sides(dataset: Dataset) -> dict[int, str]:
    return dict(dataset.examples.values_list("pk", "split"))


def test_groups_brands_and_siblings_stay_on_one_side(dataset, team):
    brands = [factories.brand(team=team) for _ in range(4)]
    for number in range(40):
        source = row(dataset, f"wish {number}", group=f"g{number % 20}", brand=brands[number % 4])
        child = row(dataset, f"wish {number} again", made_from=source, synthetic=True, state="draft")
        row(dataset, f"wish {number} once more", made_from=child, state="in_review")
    drawn, counts = split(dataset=dataset, share=0.25, seed=7, by="brand")
    assert drawn.drawn.share == 0.25
    assert counts == {"moved": 30, "relabelled": 0, "duplicate": 0}
    held_out = dataset.examples.filter(split="held_out")
    assert held_out.exclude(brand=None).values("brand").distinct().count() == 1
    for example in dataset.examples.exclude(made_from=None).select_related("made_from"):
        assert example.split == example.made_from.split
    assert set(dataset.examples.values_list("state", flat=True)) == {"approved", "draft", "in_review"}


def test_a_row_that_moves_is_the_row_it_would_be_there(dataset):
    for number in range(10):
        row(dataset, f"wish {number}", group=f"g{number}")
    split(dataset=dataset, share=0.3, seed=1)
    for example in dataset.examples.all():
        assert example.content_hash == content_hash(example.split, example.messages, example.context)
        assert example.kind == ("unseen_wording" if example.split == "held_out" else "")
        assert example.state == "approved"
    assert Change.objects.filter(reason="split seed 1").count() == 3
    again = preview(dataset=dataset, share=0.3, seed=1)
    assert again.moves == {}


def test_rejected_rows_stay_out_of_it(dataset):
    for number in range(6):
        row(dataset, f"wish {number}", state="rejected" if number else "approved")
    with pytest.raises(SplitRefused, match="All rows of 'chat' hang together in one group"):
        split(dataset=dataset, share=0.2, seed=1)
    assert set(sides(dataset).values()) == {"train"}


def test_held_out_calls_say_what_is_expected_and_forget_it_in_training(music, var):
    music.examples.filter(split="held_out").update(expected={}, kind="")
    split(dataset=music, share=0.4, seed=3)
    for example in music.examples.all():
        calls = [call["function"] for call in example.messages[-1]["tool_calls"]]
        assert example.expected == ({"calls": calls} if example.split == "held_out" else {})
    freeze(dataset=music)
    split(dataset=music, share=0.0, seed=3)
    assert {(e.split, bool(e.expected), e.kind) for e in music.examples.all()} == {("train", False, "")}


def test_what_else_is_expected_stays(dataset):
    for number in range(4):
        row(dataset, f"wish {number}", expected={"required": ["x"]})
    split(dataset=dataset, share=0.5, seed=1)
    assert all(example.expected == {"required": ["x"]} for example in dataset.examples.all())


def test_rows_without_an_answer_are_held_out_with_their_group(dataset):
    asked = [{"role": "user", "content": "Write"}]
    row(dataset, "", "held_out", messages=asked, expected={"required": ["x"]}, group="g", kind="unseen_topic")
    other = row(dataset, "of its group", group="g")
    for number in range(10):
        row(dataset, f"wish {number}")
    drawn, _ = split(dataset=dataset, share=0.0, seed=1)
    other.refresh_from_db()
    assert (drawn.drawn.must, other.split, dataset.examples.filter(split="held_out").count()) == (1, "held_out", 2)
    assert dataset.examples.get(kind="unseen_topic").messages == asked


def test_the_checks_are_asked_again_about_rows_without_an_answer(dataset):
    """Only a held-out row may end before the assistant's turn."""
    lame = row(dataset, "", messages=[{"role": "user", "content": "Write"}], expected={"required": ["x"]})
    check_again(lame)
    assert lame.findings.filter(code="no_answer").exists()
    row(dataset, "else")
    seed = next(seed for seed in range(50) if lame.pk in preview(dataset=dataset, share=0.5, seed=seed).moves)
    split(dataset=dataset, share=0.5, seed=seed)
    assert not lame.findings.filter(code="no_answer").exists()


def test_a_row_the_other_side_has_already_is_left_and_counted(dataset):
    twins = [row(dataset, "the same", side, group=side) for side in ("train", "held_out")]
    for number in range(4):
        row(dataset, f"wish {number}")
    _, counts = split(dataset=dataset, share=0.0, seed=1)
    assert counts["duplicate"] == 1
    assert [sides(dataset)[twin.pk] for twin in twins] == ["train", "held_out"]


def test_a_twin_that_comes_meanwhile_costs_one_row_and_not_the_split(dataset, monkeypatch):
    twins = [row(dataset, "the same", side, group=side) for side in ("train", "held_out")]
    other = row(dataset, "another", "held_out")
    monkeypatch.setattr("training.services.splitting.without_duplicates", lambda dataset, ready: ready)
    _, counts = split(dataset=dataset, share=0.0, seed=1)
    assert (counts["duplicate"], counts["moved"]) == (1, 1)
    assert sides(dataset) == {twins[0].pk: "train", twins[1].pk: "held_out", other.pk: "train"}


def test_a_step_can_be_taken_back(dataset):
    person = factories.user()
    for number in range(5):
        row(dataset, f"wish {number}", group="" if number else "g")
    split(dataset=dataset, share=0.2, seed=2, user=person)
    moved = dataset.examples.get(split="held_out")
    undo(example=moved, user=person)
    moved.refresh_from_db()
    assert (moved.split, moved.kind) == ("train", "")
    assert moved.content_hash == content_hash("train", moved.messages, "")


def test_the_next_version_keeps_the_seed_and_tools_their_versions(version, music, team):
    assert (version.seed, version.tool_versions) == (None, {"play": 1, "stop": 1})
    split(dataset=music, share=0.4, seed=11)
    newer = freeze(dataset=music)
    assert (newer.number, newer.seed) == (2, 11)
    split(dataset=music, share=0.4, seed=12)
    assert freeze(dataset=music).seed == 12


def test_as_many_queries_for_many_rows_as_for_few(dataset):
    def queries(rows: int) -> int:
        for number in range(rows):
            row(dataset, f"wish {dataset.examples.count()} {number}")
        with CaptureQueriesContext(connection) as seen:
            preview(dataset=dataset, share=0.2, seed=1)
        return len(seen)

    assert queries(3) == queries(60)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"share": 1.2}, "A share of 1.2 cannot be held out: give one from 0 to 0.9"),
        ({"share": -0.1}, "A share of -0.1 cannot"),
        ({"share": float("nan")}, "A share of nan cannot"),
        ({"seed": -1}, "-1 is no seed: give a whole number from 0"),
        ({"seed": 2**40}, "is no seed"),
        ({"by": "moon"}, "There is no split by 'moon'. Split by one of: group, brand."),
        ({}, "The dataset 'chat' has no draft, waiting or approved row: nothing to split."),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(dataset, asked, sentence):
    with pytest.raises(SplitRefused, match=sentence):
        split(dataset=dataset, **{"share": 0.2, "seed": 1, "by": "group", **asked})


def test_a_dataset_of_rows_without_answers_cannot_be_split(dataset):
    row(dataset, "", "held_out", messages=[{"role": "user", "content": "Write"}], expected={"required": ["x"]})
    with pytest.raises(SplitRefused, match="can only be held out: write answers"):
        preview(dataset=dataset, share=0.2, seed=1)


@pytest.mark.django_db(transaction=True)
def test_the_command_looks_first_and_then_writes(music, printed, capsys):
    before = sides(music)
    told = json.loads(printed("split", "music", "--share", "0.25", "--seed", "7", "--dry-run", "--json"))
    assert (told["rows"], told["share_reached"], told["dry_run"]) == (32, 0.25, True)
    assert told["language"]["en"]["held_out"]["rows"] == 8
    assert sides(music) == before
    told = json.loads(printed("split", "music", "--share", "0.25", "--seed", "7", "--json"))
    assert told["moved"] == told["to_train"] + told["to_held_out"] > 0
    assert "25.0% of 32 rows held out" in printed("split", "music", "--share", "0.25", "--seed", "7")
    assert "Nothing changed" in printed("split", "music", "--dry-run")
    assert commands.refused(capsys, "split", "music", "--share", "2").startswith("A share of 2 cannot")
