from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest

from tests.training.pure.conftest import PACKS
from training.functiongemma import parse, segments
from training.leakage import leaks
from training.marked_text import folded
from training.packs import Pack, PackRow, read_pack
from training.row_checks import Surroundings, check_row
from training.tool_schemas import properties

SINGLE = ("image_gen", "voice_gen", "video_compose", "video_cut")


@pytest.fixture(scope="module")
def director() -> Pack:
    return read_pack(PACKS / "director")


def calls(row: PackRow) -> list[dict[str, Any]]:
    return [call["function"] for call in row.messages[1]["tool_calls"]]


def written(pack: Pack, split: str) -> list[PackRow]:
    return [row for row in pack.rows if row.split == split and not row.synthetic]


def heading(row: PackRow) -> str:
    names = [call["name"] for call in calls(row)]
    return names[0] if len(names) == 1 else "several"


def test_how_many_briefs_are_written_and_made(director: Pack) -> None:
    several = {split: Counter(map(heading, written(director, split))) for split in ("train", "held_out")}
    assert several == {
        "train": {"image_gen": 35, "voice_gen": 34, "video_compose": 33, "video_cut": 32, "several": 39},
        "held_out": {"image_gen": 14, "voice_gen": 12, "video_compose": 12, "video_cut": 12, "several": 16},
    }
    assert Counter((row.split, row.kind) for row in director.rows) == {
        ("train", ""): 519,
        ("held_out", "unseen_wording"): 66,
        ("held_out", "seen_wording"): 126,
    }


def test_both_languages_have_their_share_of_every_kind(director: Pack) -> None:
    for split in ("train", "held_out"):
        for kind in (*SINGLE, "several"):
            count = Counter(row.language for row in written(director, split) if heading(row) == kind)
            assert min(count["en"], count["th"]) >= 0.4 * count.total(), (split, kind, count)


def test_every_argument_and_every_choice_is_learned_and_tested(director: Pack) -> None:
    wanted = {
        (tool["function"]["name"], argument, choice)
        for tool in director.tools
        for argument, schema in properties(tool).items()
        for choice in schema.get("enum", [""])
    }
    for split in ("train", "held_out"):
        rows = [row for row in director.rows if row.split == split]
        said = {
            (c["name"], name, str(value)) for row in rows for c in calls(row) for name, value in c["arguments"].items()
        }
        said |= {(name, argument, "") for name, argument, _ in said}
        assert not wanted - said, split


def test_each_row_can_be_read_back_and_has_no_finding(director: Pack) -> None:
    for row in director.rows:
        trained = [text for text, learned in segments(row.messages, row.tools) if learned]
        assert parse(trained[0]).calls == row.messages[1]["tool_calls"]
        assert check_row(asdict(row), Surroundings()) == []


def test_no_wording_and_no_value_leaks(director: Pack) -> None:
    train = [asdict(row) for row in director.rows if row.split == "train"]
    held_out = [asdict(row) for row in director.rows if row.split == "held_out"]
    assert leaks(train, held_out) == []


def test_what_is_spoken_stands_in_the_brief_word_for_word(director: Pack) -> None:
    spoken = [(row, c["arguments"]["text"]) for row in director.rows for c in calls(row) if c["name"] == "voice_gen"]
    assert len(spoken) > 200
    assert [row.request for row, text in spoken if folded(text) not in folded(row.request)] == []


def place(text: str) -> int:
    minutes, seconds = text.split(":")
    return 60 * int(minutes) + int(seconds)


def test_cuts_make_sense(director: Pack) -> None:
    for row in director.rows:
        lengths = [c["arguments"]["duration"] for c in calls(row) if "duration" in c["arguments"]]
        for cut in (c["arguments"] for c in calls(row) if c["name"] == "video_cut"):
            assert not {"start", "end"} <= cut.keys() or place(cut["start"]) < place(cut["end"]), row.request
            assert not lengths or cut.get("seconds", 0) < lengths[0], row.request
