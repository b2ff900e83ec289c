"""What a run's page draws beside its loss: small curves, their table, what was forgotten, two runs at once. Pure."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from training.admin.curves import curves, megabytes, table
from training.admin.forgetting_plot import forgetting_plot
from training.admin.loss_plot import HEIGHT, WIDTH, Point
from training.admin.overlay_plot import overlay_plot

figures = st.none() | st.floats(min_value=0)
points = st.lists(
    st.builds(Point, st.integers(1, 4), st.integers(0, 10**6), figures, figures, figures, figures, figures, figures),
    max_size=40,
)
shares = st.lists(st.none() | st.floats(0, 1), max_size=5)


def within(lines):
    for pair in " ".join(lines).split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


@given(points, points, st.none() | st.floats(1, 1e12))
def test_every_curve_stays_within_its_frame(one, other, predicted):
    within(curve.line for curve in curves(one, predicted))
    if plot := overlay_plot(one, other):
        within((*plot.training, *plot.validation))
        assert all(len(row) == 5 for row in plot.rows)
    told = table(one)
    assert all(len(row) == len(told.head) for row in told.rows)


@given(st.dictionaries(st.text(min_size=1, max_size=8), shares, max_size=6), st.floats(0, 1))
def test_every_forgetting_stays_within_its_frame(tools, floor):
    plot = forgetting_plot(tools, floor)
    if plot:
        within(line.line for line in plot.lines)
        assert all(len(line.values) <= len(plot.stages) for line in plot.lines)


def test_memory_is_drawn_beside_what_was_predicted():
    measured = [Point(1, step, memory=200e6 + step * 1e6) for step in (10, 20, 100)]
    (curve,) = curves(measured, 310e6)
    assert curve.sentence == "At most 300 MB; 310 MB were predicted (dotted)."
    assert (curve.y_labels[0], curve.predicted) == ("400 MB", "45.0")
    assert "more than the 200 MB predicted" in curves(measured, 200e6)[0].sentence
    assert "less than the 2 GB predicted" in curves(measured, 2e9)[0].sentence
    assert curves(measured)[0].sentence == "At most 300 MB."
    assert megabytes(1.25e9) == "1.25 GB"


def test_what_was_not_measured_is_neither_drawn_nor_tabled():
    measured = [Point(1, 2, loss=2.0, gradient_norm=1.5), Point(1, 4, loss=1.0, gradient_norm=math.nan)]
    assert curves(measured) == []
    assert table(measured).head == ("Stage", "Step", "Training loss", "Gradient norm")
    assert table(measured).rows == (("1", "2", "2", "1.5"), ("1", "4", "1", "nan"))
    assert table([]).rows == ()


def test_a_long_table_is_thinned_and_keeps_every_evaluation():
    measured = [Point(1, step, 1.0, 0.5 if step % 999 == 0 else None) for step in range(1, 3001)]
    told = table(measured)
    assert len(told.rows) <= 220
    assert [row[1] for row in told.rows if row[3]] == ["999", "1998", "2997"]


def test_what_fell_most_stands_first_and_is_named():
    plot = forgetting_plot({"play": [1.0, 0.98, 0.75], "stop": [None, 0.9, 1.0], "mute": [None, None, 1.0]}, 0.85)
    assert [line.name for line in plot.lines] == ["play", "stop"]
    assert plot.lines[0].values == ("100 %", "98 %", "75 %")
    assert (plot.lines[0].line, plot.lines[1].line) == ("0.0,0.0 300.0,8.0 600.0,100.0", "300.0,40.0 600.0,0.0")
    assert (plot.floor, plot.y_labels) == ("60.0", ("100 %", "75 %", "50 %"))
    assert plot.sentence == (
        "Of 2 tools that came back, 1 is worse at the end than when it was learned: "
        "'play' fell most, from 100 % to 75 %."
    )


def test_nothing_forgotten_is_said_and_a_single_stage_draws_nothing():
    assert forgetting_plot({"play": [0.9, 0.95]}).sentence.startswith("Nothing was forgotten")
    assert forgetting_plot({"play": [0.9], "stop": [None, 1.0]}) is None
    assert forgetting_plot({"play": [0.4, 0.3]}).y_labels[-1] == "0 %"


def test_two_runs_share_one_scale():
    plot = overlay_plot([Point(1, 10, 2.0), Point(1, 20, 1.0)], [Point(1, 40, 4.0, 3.0)])
    assert plot.training == ("150.0,100.0 300.0,150.0", "600.0,0.0")
    assert plot.rows[-1] == ("40", "", "", "4", "3")
    assert overlay_plot([], [Point(1, 1)]) is None
