from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.diffs import Part, diff, pieces, shortened

TEXTS = st.text("abc เปิดน้ำก๋วยเตี๋ยว\n1.", max_size=40) | st.text(max_size=40)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off_the_parts(before: str, after: str) -> None:
    parts = diff(before, after)
    assert "".join(part.text for part in parts if part.kind != "added") == before
    assert "".join(part.text for part in parts if part.kind != "removed") == after
    assert all(part.text for part in parts)


@given(TEXTS)
def test_the_same_text_has_not_changed(text: str) -> None:
    assert {part.kind for part in diff(text, text)} <= {"same"}


def test_a_word_is_exchanged_whole() -> None:
    assert diff("Play the song", "Play this song") == [
        Part("same", "Play "), Part("removed", "the"), Part("added", "this"), Part("same", " song"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), [("น้ำชา", ["น้ำ", "ชา"]), ("เปิด 12", ["เปิ", "ด", " ", "12"])])
def test_a_vowel_stays_with_its_consonant(text: str, found: list[str]) -> None:
    assert pieces(text) == found


def test_what_changed_in_a_very_long_text_is_shown_whole() -> None:
    before, after = "x" + "a b\n" * 3000, "y" + "a b\n" * 3000
    assert [part.kind for part in diff(before, after)] == ["removed", "added", "same"]
    one, other = "a b\n" * 3000, "c d\n" * 3000
    assert diff("-" + one + "1", "-" + other + "1") == [
        Part("same", "-"), Part("removed", one[:-1]), Part("added", other[:-1]), Part("same", "\n1"),
    ]  # fmt: skip


@given(
    st.lists(st.builds(Part, st.sampled_from(["same", "added", "removed"]), st.text("abc", min_size=1, max_size=40)))
)
def test_only_what_stayed_is_shortened_and_its_ends_next_to_changes_are_kept(parts: list[Part]) -> None:
    short = shortened(parts, around=5)
    assert [part.kind for part in short] == [part.kind for part in parts]
    for n, (before, after) in enumerate(zip(parts, short, strict=True)):
        if before.kind != "same":
            assert after == before
        else:
            assert len(after.text) <= max(len(before.text), 13)
            assert n == 0 or after.text[:5] == before.text[:5]
            assert n == len(parts) - 1 or after.text[-5:] == before.text[-5:]
