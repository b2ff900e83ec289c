"""What the curves of a stage say: each verdict where it belongs, and none where the data cannot carry one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.health import MANY, health, perplexity


@dataclass(frozen=True)
class Reading:
    step: int
    loss: float | None = None
    validation_loss: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None


def readings(losses, validation=(), rates=(), norms=()):
    """Losses at every step; evaluations spread evenly over them, the last at the end."""
    every = len(losses) // len(validation) if validation else 0
    evaluated = {(number + 1) * every: loss for number, loss in enumerate(validation)}
    return [
        Reading(
            step,
            loss,
            evaluated.get(step),
            rates[step - 1] if rates else None,
            norms[step - 1] if norms else None,
        )
        for step, loss in enumerate(losses, 1)
    ]


def kinds(points, over=True):
    return [verdict.kind for verdict in health(points, over=over)]


def falling(count=60, start=3.0, end=0.3):
    return [end + (start - end) * math.exp(-5 * step / count) for step in range(count)]


numbers = st.none() | st.floats()
anything = st.lists(st.builds(Reading, st.integers(0, 10**6), numbers, numbers, numbers, numbers), max_size=80)


@given(anything, st.booleans())
def test_every_course_can_be_judged(points, over):
    found = health(points, over=over)
    assert len({verdict.kind for verdict in found}) == len(found)
    assert all(verdict.sentence.endswith(".") and "nan" not in verdict.sentence for verdict in found)
    assert all(verdict.cure for verdict in found if verdict.tone == "warning")


@given(st.lists(st.floats(0.01, 12), max_size=MANY - 1), st.lists(st.floats(0.01, 2.9), max_size=2), st.booleans())
def test_little_data_carries_no_warning(losses, validation, over):
    points = readings(losses, validation if len(losses) >= 2 else ())
    assert not [verdict for verdict in health(points, over=over) if verdict.tone == "warning"]


@given(st.integers(0, 10**6), st.integers(MANY, 300), st.floats(0.02, 0.4))
def test_the_noise_of_a_run_that_falls_is_no_trouble(seed, count, noise):
    """Losses that vary by up to 40 % between batches, and a validation loss that follows them with a noise of 4 %."""
    random = Random(seed)
    losses = [loss * random.uniform(1 - noise, 1 + noise) for loss in falling(count)]
    validation = [(loss + 0.2) * random.uniform(0.96, 1.04) for loss in falling(6)]
    norms = [random.uniform(0.3, 3.0) for _ in losses]
    assert kinds(readings(losses, validation, norms=norms)) == ["well"]


def test_a_validation_loss_that_rises_while_training_falls_is_overfitting():
    (verdict,) = health(readings(falling(), [1.4, 1.0, 0.8, 0.9, 1.0, 1.2]), over=False)
    assert (verdict.kind, verdict.tone) == ("overfitting", "warning")
    assert verdict.sentence.startswith(
        "On rows it does not learn from the loss was lowest at step 30 (0.8) and has risen"
    )
    assert "patience" in verdict.cure


def test_one_evaluation_above_the_lowest_is_not_yet_a_rise():
    assert kinds(readings(falling(), [1.4, 1.0, 0.8, 0.7, 0.6, 0.8])) == ["well"]


def test_a_rise_together_with_the_training_loss_is_no_overfitting():
    """Both worse, as after a spike: something else than learning by heart."""
    losses = [*falling(40), *[2.5] * 20]
    assert "overfitting" not in kinds(readings(losses, [1.0, 0.8, 0.7, 1.1, 1.6, 2.0]))


def test_a_validation_loss_far_above_training_is_overfitting():
    (verdict,) = health(readings(falling(end=0.05), [1.6, 1.4, 1.35, 1.34, 1.33, 1.33]), over=True)
    assert verdict.kind == "overfitting"
    assert "far above the training loss" in verdict.sentence


def test_what_the_source_calls_a_good_end_is_one():
    """Training loss 0.5 to 1.0, validation loss 1.0 to 1.5."""
    for training, validation in [(0.5, 1.0), (1.0, 1.5), (1.0, 1.0)]:
        assert kinds(readings(falling(end=training), [validation + 0.3, validation + 0.1, validation])) == ["well"]
    assert kinds(readings(falling(end=0.5), [1.8, 1.6, 1.5])) == []


@pytest.mark.parametrize(("loss", "said"), [(3.2, True), (2.9, False), (1e300, True)])
def test_a_perplexity_above_twenty_is_said(loss, said):
    assert ("perplexity" in kinds(readings(falling(start=6, end=3), [loss] * 3))) == said
    assert perplexity(1e300) == math.inf


def test_high_perplexity_early_on_is_as_it_should_be():
    assert kinds(readings(falling(start=6, end=3), [4.0]), over=False) == []


def test_losses_that_undo_each_other_oscillate():
    (verdict,) = [
        each for each in health(readings([2.0 if step % 2 else 0.4 for step in range(90)]), over=False) if each.cure
    ]
    assert verdict.kind == "oscillating"
    assert "Lower the learning rate" in verdict.cure


def test_losses_that_shoot_up_again_and_again_oscillate():
    losses = falling(120)
    for step in (60, 80, 100):
        losses[step] = 4.0
    assert "oscillating" in kinds(readings(losses))
    losses[80] = losses[100] = 0.5
    assert "oscillating" not in kinds(readings(losses))


def test_a_high_loss_that_stays_is_a_plateau_unless_the_rate_has_run_out():
    losses = [*falling(40, start=4, end=2), *[2.0] * 60]
    (verdict,) = health(readings(losses), over=False)
    assert verdict.kind == "plateau"
    assert "stays at 2" in verdict.sentence
    assert kinds(readings(losses, rates=[1e-3] * 45 + [1e-5] * 55), over=False) == []
    assert kinds(readings([*falling(40), *[0.3] * 60]), over=False) == []


def test_an_exploding_gradient_is_said_and_one_spike_is_not():
    norms = [1.2] * 60
    norms[30] = 500.0
    assert kinds(readings(falling(), norms=norms), over=False) == []
    norms[-5:] = [12.0, 30.0, 80.0, 200.0, 900.0]
    (verdict,) = health(readings(falling(), norms=norms), over=False)
    assert verdict.sentence.startswith("The gradient grew from 1.2 to 80")


@pytest.mark.parametrize(("validation", "times"), [((), "never"), ((1.0,), "only once"), ((1.0, 0.9), "only twice")])
def test_too_few_evaluations_are_said_when_it_is_over(validation, times):
    points = readings(falling(), validation)
    (verdict,) = health(points, over=True)
    assert (verdict.kind, verdict.tone) == ("few_evaluations", "note")
    assert times in verdict.sentence
    assert health(points, over=False) == []
    assert health([], over=True) == []
