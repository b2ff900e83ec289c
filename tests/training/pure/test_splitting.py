"""Splits by group: what hangs together stays together, the seed decides, and the share is come near to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.splitting import BRAND, GROUP, Drawn, Row, draw, groups, kind_of

SIZES = st.lists(st.integers(1, 12), min_size=2, max_size=30)


@st.composite
def some_rows(draw_):
    count = draw_(st.integers(1, 40))
    return [
        Row(
            key=key,
            group=draw_(st.sampled_from(["", "a", "b", "c", "d", "e"])),
            brand=draw_(st.sampled_from([None, None, 1, 2, 3])),
            made_from=draw_(st.none() | st.integers(0, count)),
            drawn=draw_(st.booleans()),
            must=draw_(st.integers(0, 9)) == 0,
        )
        for key in range(count)
    ]


def sides(drawn: Drawn) -> dict[int, str]:
    found = {key: "train" for group in drawn.train for key in group}
    return found | {key: "held_out" for group in drawn.held_out for key in group}


def of_sizes(sizes: list[int]) -> list[Row]:
    return [
        Row(key=number * 100 + each, group=f"g{number}") for number, size in enumerate(sizes) for each in range(size)
    ]


@given(some_rows(), st.floats(0, 0.9), st.integers(0, 99), st.sampled_from([GROUP, BRAND]))
def test_what_hangs_together_is_on_one_side(rows, share, seed, by):
    side = sides(draw(rows, share=share, seed=seed, by=by))
    assert side.keys() == {row.key for row in rows if row.drawn}
    by_group: dict[object, set[str]] = {}
    for row in rows:
        if row.key not in side:
            continue
        if row.group:
            by_group.setdefault(row.group, set()).add(side[row.key])
        if by == BRAND and row.brand is not None:
            by_group.setdefault(row.brand, set()).add(side[row.key])
        if row.made_from in side:
            assert side[row.made_from] == side[row.key]
        if row.must:
            assert side[row.key] == "held_out"
    assert all(len(found) == 1 for found in by_group.values())


@given(some_rows(), st.floats(0, 0.9), st.integers(0, 99))
def test_the_same_seed_draws_the_same_rows(rows, share, seed):
    assert draw(rows, share=share, seed=seed) == draw(list(rows), share=share, seed=seed)


def test_another_seed_draws_other_rows():
    rows = of_sizes([1] * 50)
    assert len({draw(rows, share=0.2, seed=seed).held_out for seed in range(10)}) == 10


@given(SIZES, st.floats(0, 0.9), st.integers(0, 99))
def test_the_share_is_missed_by_less_than_a_group_and_training_is_never_empty(sizes, share, seed):
    drawn = draw(of_sizes(sizes), share=share, seed=seed)
    assert drawn.train
    assert bool(drawn.held_out) == (share > 0)
    assert drawn.rows == sum(sizes)
    assert abs(drawn.share - share) <= max(sizes) / sum(sizes)


@given(st.integers(10, 200), st.integers(1, 9), st.integers(0, 99))
def test_rows_of_no_group_give_the_share_to_the_row(count, tenths, seed):
    drawn = draw([Row(key=key) for key in range(count)], share=tenths / 10, seed=seed)
    assert sum(map(len, drawn.held_out)) in (count * tenths // 10, -(-count * tenths // 10))


def test_siblings_follow_their_root_through_rows_that_are_not_drawn():
    rows = [Row(1), Row(2, made_from=1, drawn=False), Row(3, made_from=2), Row(4, made_from=9), Row(5, made_from=9)]
    assert [[row.key for row in group] for group in groups(rows, GROUP)] == [[1, 3], [4, 5]]


def test_a_row_that_is_not_drawn_ties_no_groups_together():
    rows = [Row(1, group="a"), Row(2, group="a", brand=1, drawn=False), Row(3, brand=1)]
    assert len(groups(rows, BRAND)) == 2


def test_brands_stay_whole_only_where_that_is_asked_for():
    rows = [Row(1, brand=7), Row(2, brand=7), Row(3, brand=8)]
    assert len(groups(rows, GROUP)) == 3
    assert len(groups(rows, BRAND)) == 2


def test_one_group_stays_in_training_and_a_row_without_an_answer_never_does():
    assert draw([Row(1, group="a"), Row(2, group="a")], share=0.5, seed=1).held_out == ()
    drawn = draw([Row(1, group="a", must=True), Row(2, group="a"), Row(3)], share=0.0, seed=1)
    assert (drawn.held_out, drawn.train, drawn.must) == (((1, 2),), ((3,),), 1)
    assert Drawn((), ()).share == 0


@pytest.mark.parametrize(
    ("kind", "group", "brand", "by", "now"),
    [
        ("", "g", None, GROUP, "unseen_wording"),
        ("seen_wording", "g", 1, GROUP, "unseen_wording"),
        ("unseen_brand", "", 1, GROUP, ""),
        ("", "g", 1, BRAND, "unseen_brand"),
        ("unseen_topic", "g", None, BRAND, "unseen_topic"),
        ("hard ones", "g", 1, BRAND, "hard ones"),
    ],
)
def test_what_a_held_out_row_tests(kind, group, brand, by, now):
    assert kind_of(kind, group, brand, by) == now
