from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.near_duplicates import BANDS, CROWD, KEPT, NearDuplicates, normal, rows_per_band, shingles

THAI = "ช่วยเขียนแคปชั่นสำหรับร้านกาแฟเปิดใหม่แถวอารีย์ให้หน่อยครับ เน้นบรรยากาศอบอุ่นและกาแฟดริป"


def pieces(text: str) -> set[str]:
    text = normal(text)
    return {text[at : at + 5] for at in range(max(1, len(text) - 4))} if text else set()


def jaccard(one: str, other: str) -> float:
    return len(pieces(one) & pieces(other)) / len(pieces(one) | pieces(other))


def words(random: Random, count: int) -> list[str]:
    return ["".join(random.choices("กขคงจabcdefgh", k=random.randint(3, 7))) for _ in range(count)]


def test_what_was_added_before_is_found_with_its_similarity() -> None:
    index: NearDuplicates[str] = NearDuplicates()
    assert index.add("first", THAI) == []
    assert index.add("other", "Write a caption for a coffee shop") == []
    changed = THAI.replace("กาแฟดริป", "กาแฟดริบ")
    assert index.add("second", changed) == [("first", pytest.approx(jaccard(THAI, changed)))]
    assert index.like(THAI) == [("first", 1.0), ("second", pytest.approx(jaccard(THAI, changed)))]
    assert len(index) == 3


def test_case_spaces_and_the_way_accents_are_written_make_no_difference() -> None:
    index: NearDuplicates[int] = NearDuplicates(1.0)
    index.add(1, "Play  Café del Mar\n")
    assert index.like(unicodedata.normalize("NFD", "play CAFÉ del mar")) == [(1, 1.0)]
    assert index.like("play cafe del mar") == []


def test_short_and_empty_texts() -> None:
    index: NearDuplicates[int] = NearDuplicates()
    for number, text in enumerate(["", " \n", "Hi", "hi!", "ok"]):
        assert index.add(number, text) == []
    assert index.add(9, "HI") == [(2, 1.0)]
    assert len(index) == 4


def test_nearly_every_pair_at_the_threshold_is_found() -> None:
    random, index = Random(3), NearDuplicates[int]()
    asked = found = 0
    for number in range(400):
        first = words(random, 60)
        second = [*first]
        for at in random.sample(range(60), random.randint(1, 4)):
            second[at] = words(random, 1)[0]
        index.add(number, " ".join(first))
        share = jaccard(" ".join(first), " ".join(second))
        match = [pair for pair in index.like(" ".join(second)) if pair[0] == number]
        if share >= 0.85:
            asked, found = asked + 1, found + len(match)
        else:
            assert match == []
    assert asked > 150
    assert found >= 0.98 * asked


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.sampled_from([0.5, 0.85, 1.0]))
def test_a_reported_similarity_is_the_true_one(texts: list[str], threshold: float) -> None:
    index: NearDuplicates[int] = NearDuplicates(threshold)
    for number, text in enumerate(texts):
        for earlier, share in index.add(number, text):
            assert earlier < number
            assert share >= threshold
            assert share == pytest.approx(jaccard(texts[earlier], text))
    for number, text in enumerate(texts):
        assert not pieces(text) or number in [key for key, _ in index.like(text)]


def test_two_indexes_are_the_same() -> None:
    one, other = NearDuplicates[int](), NearDuplicates[int]()
    one.add(1, THAI)
    other.add(1, THAI)
    assert one.buckets == other.buckets


def test_a_long_text_takes_no_more_than_its_share() -> None:
    random = Random(5)
    text = " ".join(words(random, 4_000))
    assert len(shingles(text)) == KEPT
    index: NearDuplicates[int] = NearDuplicates()
    index.add(1, text)
    changed = text.replace("a", "ä", 60)
    ((_, share),) = index.like(changed)
    assert share == pytest.approx(jaccard(text, changed), abs=0.03)


def test_a_crowd_keeps_its_first() -> None:
    index: NearDuplicates[int] = NearDuplicates()
    for number in range(200):
        index.add(number, THAI)
    assert index.like(THAI) == [(number, 1.0) for number in range(CROWD)]
    assert all(isinstance(bucket, int) or len(bucket) <= CROWD for bucket in index.buckets.values())


def test_lone_surrogates_and_nul_are_texts_too() -> None:
    index: NearDuplicates[int] = NearDuplicates()
    index.add(1, "a\ud800b\x00cdef")
    assert index.like("a\ud800b\x00cdef") == [(1, 1.0)]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, float("nan")])
def test_a_threshold_that_is_none(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        NearDuplicates(threshold)


@given(st.floats(0.5, 1.0))
def test_bands_miss_little(threshold: float) -> None:
    rows = rows_per_band(threshold)
    assert 1 <= rows <= 8
    assert rows == 1 or (1 - threshold**rows) ** BANDS <= 0.001
