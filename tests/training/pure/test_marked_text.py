from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.conftest import TOOLS, tool
from training.errors import UnreadableLine
from training.marked_text import Utterance, read
from training.packs import Pack

BY_NAME = {
    t["function"]["name"]: t
    for t in [*TOOLS, tool("tag", words={"type": "array"}, note={}), tool("stop"), tool("gain", by={"type": "number"})]
}
SAID = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="[]()<>#"), min_size=1)


def line(text: str, section: str = "play") -> Utterance:
    return read(f"## {section}\n{text}", BY_NAME)[0]


def test_an_open_mark_says_its_value() -> None:
    said = line("Play [Don't Stop](song) by [Queen](artist)")
    assert said.text == "Play Don't Stop by Queen"
    assert said.wording == "Play {song} by {artist}"
    assert said.calls == [{"name": "play", "arguments": {"song": "Don't Stop", "artist": "Queen"}}]
    assert [(m.call, m.argument) for m in said.open_slots.values()] == [(0, "song"), (0, "artist")]


def test_a_closed_mark_means_what_follows_the_equals_sign() -> None:
    said = line("[ปิดเสียง](level=0)หน่อย", "volume")
    assert (said.text, said.language) == ("ปิดเสียงหน่อย", "th")
    assert said.calls == [{"name": "volume", "arguments": {"level": 0}}]
    assert said.open_slots == {}


def test_several_calls_keep_the_order_of_the_heading() -> None:
    said = line("Turn [off](3.on=false) shuffle, play [Halo](1.song) at [7](2.level)", "play + volume + shuffle")
    assert [c["name"] for c in said.calls] == ["play", "volume", "shuffle"]
    assert [c["arguments"] for c in said.calls] == [{"song": "Halo"}, {"level": 7}, {"on": False}]
    assert list(said.open_slots) == ["1.song", "2.level"]
    assert said.wording == "Turn {3.on} shuffle, play {1.song} at {2.level}"


def test_a_line_without_marks_calls_without_arguments() -> None:
    assert line("Stop it", "stop").calls == [{"name": "stop", "arguments": {}}]


def test_lists_are_json_and_untyped_arguments_text() -> None:
    said = line('Tag [a and b](words=["a", "b"]) as [1](note)', "tag")
    assert said.calls[0]["arguments"] == {"words": ["a", "b"], "note": "1"}


def test_comments_and_blank_lines_are_skipped_and_lines_counted() -> None:
    found = read("# about\n\n#\n## stop\nHalt\n# more\n  Hold on  \n", BY_NAME)
    assert [(u.line, u.text) for u in found] == [(5, "Halt"), (7, "Hold on")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Play [ลม](song)", "en"),
        ("เปิด [Yellow](song)", "th"),
        ("[ลม](song)", "th"),
        ("[Yellow](song)!", "en"),
        ("[123](song)", "en"),
    ],
)
def test_the_language_is_that_of_the_words_around_open_values(text: str, language: str) -> None:
    assert line(text).language == language


def test_other_values_keep_the_wording() -> None:
    said = line("Turn it to [7](level), please", "volume").with_values({"level": "20"})
    assert (said.text, said.wording) == ("Turn it to 20, please", "Turn it to {level}, please")
    assert said.calls == [{"name": "volume", "arguments": {"level": 20}}]


@pytest.mark.parametrize("values", [{"level": "101"}, {"level": "many"}, {"level": "NaN"}, {"song": "Halo"}])
def test_other_values_must_fit(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="."):
        line("Turn it to [7](level)", "volume").with_values(values)


def test_a_value_that_a_closed_mark_repeats_is_not_swapped() -> None:
    said = line("Play [Halo](1.song), then play [it](2.song=Halo) by [Adele](2.artist)", "play + play")
    assert list(said.open_slots) == ["2.artist"]


@given(SAID, SAID)
def test_any_value_comes_back_as_it_was_said(song: str, artist: str) -> None:
    said = line(f"Play [{song}](song) of [x](artist)").with_values({"artist": artist})
    assert said.text == f"Play {song} of {artist}"
    assert said.calls[0]["arguments"] == {"song": song.strip(), "artist": artist.strip()}


@given(st.text(st.sampled_from("[]()=.# 12abโ\n{}<>") | st.characters(), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableLine):
        assert all(u.calls[0]["name"] == "play" for u in read(f"## play\n{text}", BY_NAME))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Play [Halo](song)", ["no tool yet", "## tool_name"]),
        ("## dance\nDance", ["'dance'", "play"]),
        ("## play + dance\nDance", ["'dance'"]),
        ("## play\nPlay [Halo](title)", ["Line 2", "'play'", "'title'", "artist, song"]),
        ("## stop\nStop [it](title)", ["'stop'", "It takes none"]),
        ("## play\nPlay [Halo]()", ["[Halo](argument)"]),
        ("## play\nPlay [Halo](2.song)", ["'2.song'", "1 tools"]),
        ("## play\nPlay [Halo](0.song)", ["'0.song'"]),
        ("## play + volume\nPlay [Halo](song)", ["1.song for 'play'", "2.song for 'volume'"]),
        ("## play\nPlay [Halo] (song)", ["bracket"]),
        ("## play\nPlay [](song)", ["bracket"]),
        ("## play\nPlay [a](song) or [b](song)", ["'song' is marked twice"]),
        ("## play\nPlay something", ["'play'", "'song' is a required property"]),
        ("## play\nPlay [<escape>](song)", ["control token"]),
        ("## volume\nTurn it to [half](level)", ["'half'", "integer", "[half](argument=value)"]),
        ("## volume\nTurn it to [200](level)", ["'level' of 'volume'", "maximum of 100"]),
        ("## volume\nTurn it to [true](level)", ["'integer'"]),
        ("## shuffle\nShuffle [two](mode=two) [on](on=true)", ["'two' is not one of"]),
        ("## shuffle\nShuffle [on](on=yes)", ["boolean"]),
        ("## gain\nTurn it up by [a lot](by=Infinity)", ["'Infinity' is no number"]),
        ("## tag\nTag [x](words=" + "[" * 5000 + "1" + "]" * 5000 + ")", ["'words'"]),
    ],
)
def test_a_mistake_is_named_with_its_line_and_cure(text: str, names: list[str]) -> None:
    with pytest.raises(UnreadableLine) as caught:
        read(text, BY_NAME)
    assert [name for name in names if name not in str(caught.value)] == []


def test_every_shipped_row_says_its_free_values_word_for_word(music: Pack) -> None:
    for row in music.rows:
        for call in row.messages[1]["tool_calls"]:
            declared = next(t for t in music.tools if t["function"]["name"] == call["function"]["name"])
            for name, value in call["function"]["arguments"].items():
                schema = declared["function"]["parameters"]["properties"][name]
                assert "enum" in schema or schema["type"] != "string" or value in row.request, row
