"""`manage.py augment`: rows from the command line, and bad input as one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import commands
from training.models import Augmentation, Example

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def music(var: Any, music: Any) -> Any:
    return music


def told(capsys: Any, *arguments: str) -> dict[str, Any]:
    commands.run("augment", "music", *arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_rows_are_tried_and_then_made(music, capsys):
    choices = ("--method", "wordings", "--count", "4", "--seed", "3")
    tried = told(capsys, *choices, "--dry-run")
    assert (tried["dry_run"], tried["counts"]["made"]) == (True, 4)
    assert not Example.objects.filter(synthetic=True).exists()
    made = told(capsys, *choices)
    assert made["samples"][0]["messages"] == tried["samples"][0]["messages"]
    assert Example.objects.filter(augmented_by=made["augmentation"], state="draft").count() == 4


def test_values_come_from_a_file_and_people_read_what_came_of_it(music, capsys, tmp_path):
    path = tmp_path / "values.json"
    path.write_text('{"song": {"en": ["Only This"]}, "room": {"en": ["attic"]}}', "utf-8")
    commands.run("augment", "music", "--method", "values", "--count", "2", "--values", str(path))
    assert capsys.readouterr().out.startswith("2 of 2 rows, kept as drafts.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "--method", "values"), "There is no dataset 'nowhere' in Ours."),
        (("music", "--method", "magic"), "There is no method 'magic'."),
        (("music", "--method", "model"), "No generation endpoint is configured"),
        (("music", "--method", "brands", "--industries", "hotel,alchemy"), "There is no industry 'alchemy'."),
        (("music", "--method", "values", "--values", "nowhere.json"), "The file nowhere.json cannot be read"),
        (("music", "--method", "values", "--values", __file__), f"The file {__file__} is no JSON text"),
        (("music", "--method", "values", "--count", "100000"), "Ask for between 1 and 5,000 rows"),
    ],
)
def test_bad_input_is_one_sentence(music, capsys, arguments, sentence):
    assert commands.refused(capsys, "augment", *arguments).startswith(sentence)
    assert not Augmentation.objects.exists()


def test_a_dataset_with_nothing_to_start_from_is_one_sentence(music, capsys):
    with pytest.raises(SystemExit) as exit_:
        commands.run("augment", "music", "--method", "brands")
    assert exit_.value.code == 1
    [sentence] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("CommandError: ")]
    assert "approved training rows of a brand that is not synthetic" in sentence
