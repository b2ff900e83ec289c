"""Two frozen versions compared: rows, counts and tools, from their files, and what is said when these are gone."""

from __future__ import annotations

import json

import pytest

from tests import commands, factories, tiny
from training.errors import NothingToTrainOn, UnknownVersion
from training.services.datasets import freeze
from training.services.review import edit, move
from training.services.tools import save_tool
from training.services.version_diffs import as_json, compare, find_version, rows_of, version_before


@pytest.fixture
def newer(version, music, team):
    """The second version: a row more, one less, one on the other side, one said otherwise, and a tool changed."""
    save_tool(team=team, schema=factories.schema("play", song={"type": "string"}))
    rows = list(music.examples.order_by("pk"))
    factories.example(dataset=music, **tiny.play_row(99))
    move(example=rows[0], action="archive")
    edit(example=rows[1], columns={"split": "held_out"})
    messages = [{**rows[2].messages[0], "content": "Play something else"}, rows[2].messages[1]]
    edit(example=rows[2], columns={"messages": messages})
    music.examples.filter(state="in_review").update(state="approved")
    return freeze(dataset=music)


def test_rows_that_came_went_moved_and_changed(version, newer, music):
    keys = list(music.examples.order_by("pk").values_list("pk", flat=True))
    found = compare(before=version, after=newer)
    assert found.counts == {"added": 1, "removed": 1, "moved": 1, "changed": 1, "same": 29}
    said = {entry.outcome: (entry.example, entry.fields) for entry in found.entries}
    assert said == {
        "removed": (keys[0], ()),
        "moved": (keys[1], ("split",)),
        "changed": (keys[2], ("messages",)),
        "added": (keys[-1], ()),
    }
    rows = {entry.outcome: (old, new) for entry, old, new in rows_of(found.entries, before=version, after=newer)}
    assert rows["added"][0] is None
    assert rows["removed"][1] is None
    assert rows["moved"][0]["split"] == "train"
    assert rows["moved"][1]["split"] == "held_out"


def test_counts_and_tools_are_told_beside_the_rows(version, newer):
    told = as_json(before=version, after=newer)
    assert told["deltas"]["split"] == {"train": {"before": 24, "after": 23}, "held_out": {"before": 8, "after": 9}}
    assert "tool" not in told["deltas"]
    (tool,) = told["tools"]
    assert (tool["tool"], tool["outcome"]) == ("play", "changed")
    assert "The argument 'volume' was removed." in [change["sentence"] for change in tool["changes"]]
    assert len(told["rows"]) == 4


def test_the_one_before_is_the_next_lower_number(version, newer):
    assert version_before(newer) == version
    with pytest.raises(UnknownVersion, match="Music v1 is the first version of its dataset: there is none"):
        version_before(version)


def test_a_number_is_found_in_its_dataset_only(version, music, team):
    assert find_version(dataset=music, number=1) == version
    with pytest.raises(UnknownVersion, match="The dataset 'music' has no version 3. Its versions: 1."):
        find_version(dataset=music, number=3)
    with pytest.raises(UnknownVersion, match="Its versions: none yet, freeze it first."):
        find_version(dataset=factories.dataset(team=team, slug="empty"), number=1)


def test_files_that_are_gone_or_were_touched_are_refused(version, newer):
    compare(before=version, after=newer)
    kept = version.path.read_bytes()
    version.path.write_bytes(kept[:-2])
    with pytest.raises(NothingToTrainOn, match="Music v1 were changed on disk: freeze the dataset again"):
        compare(before=version, after=newer)
    version.path.unlink()
    with pytest.raises(NothingToTrainOn, match="Music v1 are missing on disk"):
        compare(before=version, after=newer)


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_it_in_words_and_as_json(version, newer, capsys):
    commands.run("diff_versions", "music", "1", "2", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["before"], told["after"], told["counts"]["same"]) == (1, 2, 29)
    commands.run("diff_versions", "music", "1", "2")
    words = capsys.readouterr().out
    assert "music v1 → v2: 1 added, 1 removed, 1 moved, 1 changed, 29 same." in words
    assert "split train: 24 → 23" in words
    assert "The argument 'volume' was removed." in words
    assert commands.refused(capsys, "diff_versions", "music", "1", "9").startswith("The dataset 'music' has no version")
