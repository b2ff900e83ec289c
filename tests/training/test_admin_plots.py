"""What the admin's pages are drawn from: conversations, the loss curve, dots with whiskers, reports. Pure."""

from __future__ import annotations

import math
from datetime import timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.admin.pieces import Fact, facts, figure_text, percent, plain
from training.admin.conversation import calls, declared_names, looks_like_calls, turns
from training.admin.dot_plot import measures
from training.admin.loss_plot import HEIGHT, MOST_POINTS, WIDTH, Point, loss_plot, nice_top
from training.admin.measure_names import measure_name
from training.admin.report import collect, expected
from training.admin.run_page import duration

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
losses = st.none() | st.floats()


@given(json_values)
def test_anything_can_be_read(value):
    turns(value)
    turns([value])
    turns([{"role": "user", "content": value, "tool_calls": value}])
    calls(value)
    declared_names(value)
    facts(value)
    measures(value)
    measures({"arm": value})
    measures({"arm": {"measure": value}})
    expected(value)
    looks_like_calls(value)


@given(st.text())
def test_any_file_of_answers_can_be_read(text):
    collect(StringIO(text))


@given(st.lists(st.builds(Point, st.integers(1, 4), st.integers(0, 10**6), losses, losses), max_size=60))
def test_the_curve_stays_within_its_frame(points):
    plot = loss_plot(points)
    if plot is None:
        return
    for pair in f"{plot.training} {plot.validation}".split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert len(plot.training.split()) <= MOST_POINTS + 1


def test_no_measurement_no_curve():
    assert loss_plot([]) is None
    assert loss_plot([Point(1, 1, math.nan, None)]) is None


def test_later_stages_are_drawn_after_earlier_ones():
    points = [Point(1, 10, 2.0, None), Point(1, 20, 1.0, None), Point(2, 10, 1.5, 1.2)]
    plot = loss_plot(points)
    assert plot.training == "200.0,0.0 400.0,100.0 600.0,50.0"
    assert plot.boundaries == ("400.0",)
    assert plot.x_labels == ("0", "15", "30")
    assert plot.y_labels == ("2", "1", "0")
    assert plot.sentence.startswith("Training loss fell from 2 at step 10 to 1.5 at step 30.")
    assert "the loss is 1.2; lowest 1.2 at step 30" in plot.sentence


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_the_scale_holds_the_highest_loss(highest):
    assert highest <= nice_top(highest) <= 10.001 * highest


def test_a_long_curve_is_thinned_and_keeps_its_end():
    plot = loss_plot([Point(1, step, 1.0 + 1 / step, None) for step in range(1, 5001)])
    assert len(plot.training.split()) <= MOST_POINTS + 1
    assert plot.training.split()[-1].startswith("600.0,")
    assert plot.training_dots == ""


def test_calls_read_as_they_would_be_typed():
    (call,) = calls([{"name": "play", "arguments": {"song": "ก้อนหิน", "loud": True, "volume": 7}}])
    assert call.arguments == (("song", '"ก้อนหิน"'), ("loud", "true"), ("volume", "7"))


def test_dots_stand_where_the_figures_say():
    scores = {
        "base": {"strict": {"value": 0.0, "n": 90, "low": 0.0, "high": 0.04}},
        "tuned": {"strict": {"value": 1.0, "n": 90, "low": 0.96, "high": 1.0}},
    }
    (measure,) = measures(scores)
    assert [dot.at for dot in measure.dots] == ["2.00", "98.00"]
    assert measure.name == "Strict match"
    assert measure.sentence == "Tuned: 100 %, Base: 0 %. Their intervals do not overlap."


def test_fewer_foreign_facts_is_better():
    scores = {
        "base_rag": {"hallucinated": {"value": 0.5, "n": 9, "low": 0.2, "high": 0.8}},
        "tuned_rag": {"hallucinated": {"value": 0.1, "n": 9, "low": 0.0, "high": 0.4}},
    }
    (measure,) = measures(scores)
    assert measure.sentence == "Tuned, given the facts: 10 %, Base, given the facts: 50 %. Their intervals overlap."


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("strict", "Strict match"),
        ("fidelity_unseen_brand", "Brand facts, brands never seen"),
        ("something_else", "Something else"),
    ],
)
def test_measures_have_names(key, name):
    assert measure_name(key) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 seconds"), (2, "5 seconds"), (59, "60 seconds"), (60, "1 minute"), (3000, "50 minutes"), (7300, "2 hours")],
)
def test_lengths_of_time(seconds, text):
    assert duration(timedelta(seconds=seconds).total_seconds()) == text


@pytest.mark.parametrize(("share", "text"), [(0.07, "7 %"), (0.945, "94.5 %"), (1.0, "100 %"), (3.25, "3.25")])
def test_shares(share, text):
    assert percent(share) == text


def test_facts_are_readable():
    found = facts(
        {"learning_rate": 0.0005, "modules": ["q", "k"], "gate": {"value": 0.5, "n": 4, "low": 0.1, "high": 0.9}}
    )
    assert found == (
        Fact("Learning rate", "0.0005"),
        Fact("Modules", texts=("q", "k")),
        Fact("Gate", "50 % (10 % – 90 %) of 4"),
    )
    assert plain(False) == "no"
    assert figure_text({"value": None}) == "—"
