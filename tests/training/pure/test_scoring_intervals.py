from __future__ import annotations

import json
from random import Random
from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scoring.intervals import Figure, bootstrap, mean, share, wilson

SHARES = st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
    # (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_known_intervals(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=1e-4)


@given(SHARES)
def test_wilson_contains_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    right, n = counts
    low, high = wilson(right, n)
    assert 0 <= low <= (right / n if n else 0.5) <= high <= 1


@given(SHARES)
def test_wilson_is_the_same_for_wrong_as_for_right(counts: tuple[int, int]) -> None:
    right, n = counts
    low, high = wilson(right, n)
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low))


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilson_narrows_with_more_rows(right: int, wrong: int) -> None:
    low, high = wilson(right, right + wrong)
    narrower = wilson(right * 4, (right + wrong) * 4)
    assert narrower[1] - narrower[0] < high - low


@given(st.integers(1, 100), st.integers(1, 100))
def test_wilson_solves_the_equation_it_comes_from(right: int, wrong: int) -> None:
    """At either end, the observed share lies z standard errors of that end away (Wilson 1927)."""
    n, z = right + wrong, 1.96
    for end in wilson(right, n, z):
        assert abs(right / n - end) == pytest.approx(z * (end * (1 - end) / n) ** 0.5)


@pytest.mark.parametrize(("right", "n"), [(-1, 3), (4, 3), (1, 0)])
def test_wilson_refuses_what_is_no_share(right: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(right, n)


@given(SCORES)
def test_the_bootstrap_stays_between_the_smallest_and_the_largest(values: list[float]) -> None:
    low, high = bootstrap(values, rounds=200)
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12


def test_the_bootstrap_is_seeded() -> None:
    values = [0.1, 0.5, 0.9, 1.0]
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values, seed=1, rounds=50) != bootstrap(values, seed=2, rounds=50)


def test_the_bootstrap_comes_near_the_normal_interval_for_many_rows() -> None:
    random = Random(3)
    values = [random.random() for _ in range(400)]
    reach = NormalDist().inv_cdf(0.975) * (1 / 12 / 400) ** 0.5
    low, high = bootstrap(values)
    assert low == pytest.approx(fmean(values) - reach, abs=0.006)
    assert high == pytest.approx(fmean(values) + reach, abs=0.006)


def test_figures_say_what_they_stand_on() -> None:
    assert share(8, 10).as_json() == {
        "value": 0.8,
        "n": 10,
        "low": pytest.approx(0.4901, abs=1e-4),
        "high": pytest.approx(0.9433, abs=1e-4),
    }
    figure = mean([0.0, 1.0, 1.0, 1.0])
    assert (figure.value, figure.n) == (0.75, 4)
    assert figure.low < 0.75 < figure.high <= 1
    json.dumps(figure.as_json(), allow_nan=False)


def test_without_rows_anything_is_possible() -> None:
    assert share(0, 0) == mean([]) == Figure(0.0, 0, 0.0, 1.0)
