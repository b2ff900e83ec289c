"""Steps, time and memory before a run: counted as the trainer counts, corrected by what earlier runs took."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.planning import Plan
from training.planning.as_text import as_text, duration
from training.planning.batch_shape import COUNTED, BatchShape, RowLength, characters, counted, largest_batch, summary
from training.planning.foresight import calibrated, calibration, changes, pace, seconds, steps, tokens_read, with_room

SIZES = st.floats(1e6, 1e12)
LENGTHS = st.lists(st.builds(RowLength, st.integers(1, 5000), st.integers(0, 500), st.integers(0, 500)), min_size=1)


@pytest.mark.parametrize(
    ("values", "rows", "expected"),
    [
        ({"batch": 2, "epochs": 1.0}, 488, 244),
        ({"batch": 4, "accumulation": 2, "epochs": 3.0}, 71, 27),  # 18 batches, 9 steps an epoch
        ({"batch": 8, "epochs": 0.5}, 100, 7),
        ({"steps": 40}, 9999, 40),
        ({"batch": 64}, 1, 3),
    ],
)
def test_steps_are_the_trainers(values, rows, expected):
    assert steps(Plan(**values), rows) == expected


def test_tokens_follow_epochs_or_fixed_steps():
    assert tokens_read(Plan(epochs=2.0), rows=100, mean=50.0) == 10_000
    assert tokens_read(Plan(steps=10, batch=4, accumulation=2), rows=100, mean=50.0) == 4_000


@given(st.lists(st.tuples(SIZES, SIZES), max_size=9))
def test_calibration_is_modest(pairs):
    ratio = calibration(pairs)
    assert 0.8 <= ratio <= 1.25
    if len(pairs) < 3:
        assert ratio == 1.0


def test_calibration_is_the_median_of_what_was_measured():
    assert calibration([(100, 110), (100, 90), (200, 210)]) == 1.05
    assert calibration([(100, 300)] * 3) == 1.25
    assert calibration([(0, 100), (100, 0), (100, 110)]) == 1.0


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.floats(0.8, 1.25))
def test_calibrated_parts_add_up(weights, activations, ratio):
    before = {"weights": weights, "activations": activations, "total": weights + activations}
    after = calibrated(before, ratio)
    assert after["total"] == after["weights"] + after["activations"]
    assert after["weights"] == weights


def test_time_comes_from_earlier_runs_or_is_said_to_be_rough():
    known = pace([90.0, 110.0, 100.0], parameters=10**9, gpu=False, cores=2)
    assert (known.tokens_per_second, known.runs) == (100.0, 3)
    rough = pace([], parameters=10**9, gpu=False, cores=2)
    assert rough.runs == 0
    assert pace([], parameters=10**9, gpu=True, cores=2).tokens_per_second > rough.tokens_per_second
    assert seconds([1000.0, 2000.0], known) > 30


@given(LENGTHS, st.integers(1, 16))
def test_the_largest_batch_holds_the_longest_rows(lengths, batch):
    shape = largest_batch(lengths, batch)
    assert shape.rows == min(batch, len(lengths))
    together = max(row.read + row.written for row in lengths)
    assert shape.read + shape.written >= together
    assert summary(lengths)["longest"] == together


def test_a_batch_pads_its_rows():
    rows = [RowLength(5, 1), RowLength(9, 4), RowLength(7, 2)]
    assert largest_batch(rows, 2) == BatchShape(rows=2, read=9, labels=6)


def test_of_many_rows_the_longest_are_always_counted():
    rows = [{"messages": [{"content": "word " * (number % 997)}]} for number in range(2000)]
    some = counted(rows)
    assert len(some) == COUNTED
    assert max(map(characters, some)) == max(map(characters, rows))
    assert min(map(characters, some)) < characters(rows[300])
    assert counted(rows[:10]) == rows[:10]


def test_changes_say_what_they_save_and_whether_that_is_enough():
    variants = [
        {"change": "Smaller", "total": 7_000_000_000},
        {"change": "Nothing", "total": 9_000_000_000},
        {"change": "Less", "total": 8_000_000_000},
    ]
    assert changes(variants, total=9_000_000_000, limit=7_500_000_000) == [
        "Smaller: saves 2.0 GB, and then it fits.",
        "Less: saves 1.0 GB, leaves 8.0 GB.",
    ]


def test_the_plan_gets_room_for_the_longest_row():
    assert with_room(Plan(), 1025).longest == 1088
    assert with_room(Plan(), 1000, positions=1010).longest == 1010


def test_a_foreseen_run_reads_as_text():
    seen = {
        "base": "starter-executor",
        "plan": Plan(stages=[["play"]], gates=[0.9]).as_json(),
        "machine": {"name": "here", "free_memory": 10**9},
        "predicted": {"memory": {"weights": 2 * 10**9, "total": 2 * 10**9}, "seconds": 9000.0, "paced_by": 0},
        "steps": [120],
        "tokens": [{"rows": 240, "median": 100, "longest": 150}],
        "fits": False,
        "changes": ["Smaller: saves 1.5 GB, and then it fits."],
    }
    text = as_text(seen)
    assert "Stage 1: 1 tool, 240 rows, 120 steps, 100 tokens a row in the median, 150 at most" in text
    assert "Memory 2.0 GB of 1,000 MB that are free:" in text or "Memory 2.0 GB of 1.0 GB that are free:" in text
    assert "Time 2 h 30 min (a rough figure" in text
    assert text.endswith("It does not fit. What to change:\n  Smaller: saves 1.5 GB, and then it fits.")
    assert [duration(each) for each in (45, 700)] == ["45 s", "12 min"]
