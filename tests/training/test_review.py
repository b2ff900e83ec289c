"""Review: the steps an example may take, who has it meanwhile, what is kept of every change, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import factories
from training.errors import ReviewRefused
from training.models import Change, Example, Finding
from training.services.review import (
    CLAIM_MINUTES,
    MOVES,
    claim,
    edit,
    move,
    move_all,
    next_to_review,
    release,
    undo,
)

pytestmark = pytest.mark.django_db
State, Action = Example.State, Change.Action


@pytest.fixture
def ann() -> Any:
    return factories.user(name="ann")


@pytest.fixture
def bo() -> Any:
    return factories.user(name="bo")


def row(state: str = State.IN_REVIEW, **columns: Any) -> Example:
    return factories.example(state=state, **columns)


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]


@pytest.mark.parametrize("action", MOVES)
@pytest.mark.parametrize("state", State.values)
def test_a_step_is_taken_from_its_states_only(action: str, state: str, ann: Any) -> None:
    example, (sources, target) = row(state), MOVES[action]
    if state in sources:
        change = move(example=example, action=action, user=ann, reason="Because.")
        assert (change.user, change.before["state"], change.after["state"]) == (ann, state, target)
    else:
        with pytest.raises(ReviewRefused, match="cannot be"):
            move(example=example, action=action, user=ann, reason="Because.")
    example.refresh_from_db()
    assert example.state == (target if state in sources else state)
    assert example.changes.count() == (state in sources)


def test_a_rejection_needs_a_reason_and_keeps_it(ann: Any) -> None:
    example = row()
    with pytest.raises(ReviewRefused, match="Say why"):
        move(example=example, action=Action.REJECT, user=ann, reason="  ")
    move(example=example, action=Action.REJECT, user=ann, reason="Wrong song.")
    example.refresh_from_db()
    assert (example.state, example.reason) == (State.REJECTED, "Wrong song.")
    move(example=example, action=Action.SUBMIT, user=ann)
    example.refresh_from_db()
    assert example.reason == ""


def test_a_row_with_an_error_is_not_approved(ann: Any) -> None:
    example = row()
    Finding.objects.create(example=example, code="x", severity="error", message="No answer.", cure="Write one.")
    with pytest.raises(ReviewRefused, match=r"cannot be approved: No answer\. Write one\."):
        move(example=example, action=Action.APPROVE, user=ann)
    assert not example.changes.exists()


def test_an_edit_is_checked_so_that_a_mended_row_can_be_approved(ann: Any) -> None:
    example = row(tools=[], messages=said(""))
    Finding.objects.create(example=example, code="x", severity="error", message="No question.")
    edit(example=example, columns={"messages": said("How do I brew tea?")}, user=ann)
    assert not example.findings.filter(severity="error").exists()
    move(example=example, action=Action.APPROVE, user=ann)
    undo(example=example, user=ann)
    edit(example=example, columns={"messages": said("")}, user=ann)
    with pytest.raises(ReviewRefused, match="cannot be approved"):
        move(example=example, action=Action.APPROVE, user=ann)


def test_somebody_who_looks_at_an_old_state_changes_nothing(ann: Any, bo: Any) -> None:
    example = row()
    seen_by_bo = Example.objects.get(pk=example.pk)
    move(example=example, action=Action.APPROVE, user=ann)
    with pytest.raises(ReviewRefused, match="The row is approved"):
        move(example=seen_by_bo, action=Action.REJECT, user=bo, reason="No.")


def test_many_rows_take_the_step_that_they_may_take(ann: Any) -> None:
    dataset = factories.dataset()
    for state in (State.IN_REVIEW, State.IN_REVIEW, State.DRAFT, State.ARCHIVED):
        row(state, dataset=dataset)
    assert move_all(examples=dataset.examples.all(), action=Action.APPROVE, user=ann) == (2, 2)
    assert dataset.examples.filter(state=State.APPROVED).count() == 2
    assert Change.objects.filter(user=ann, action=Action.APPROVE).count() == 2
    with pytest.raises(ReviewRefused, match="Say why"):
        move_all(examples=dataset.examples.all(), action=Action.REJECT, user=ann)


def test_an_edit_keeps_both_texts_and_sends_an_approved_row_back_to_review(ann: Any) -> None:
    example = row(State.APPROVED, messages=said("Before"))
    before = example.content_hash
    change = edit(example=example, columns={"messages": said("After"), "group": example.group}, user=ann)
    example.refresh_from_db()
    assert change is not None
    assert (change.before["messages"], change.after["messages"]) == (said("Before"), said("After"))
    assert (example.state, example.messages) == (State.IN_REVIEW, said("After"))
    assert example.content_hash != before
    assert edit(example=example, columns={"messages": said("After")}, user=ann) is None


def test_only_what_an_example_says_can_be_edited(ann: Any) -> None:
    example = row(State.DRAFT)
    assert edit(example=example, columns={"state": State.APPROVED, "synthetic": True}, user=ann) is None


def test_an_edit_to_the_very_same_row_is_refused_and_changes_nothing(ann: Any) -> None:
    dataset = factories.dataset()
    first, second = row(dataset=dataset, messages=said("One")), row(dataset=dataset, messages=said("Two"))
    edit(example=first, columns={"messages": said("Uno")}, user=ann)
    with pytest.raises(ReviewRefused, match="this very row already"):
        edit(example=second, columns={"messages": said("Uno")}, user=ann)
    second.refresh_from_db()
    assert second.messages == said("Two")


def test_the_last_own_step_can_be_taken_back_once(ann: Any, bo: Any) -> None:
    example = row(messages=said("One"))
    move(example=example, action=Action.APPROVE, user=ann)
    with pytest.raises(ReviewRefused, match="no step of yours"):
        undo(example=example, user=bo)
    undo(example=example, user=ann)
    example.refresh_from_db()
    assert example.state == State.IN_REVIEW
    with pytest.raises(ReviewRefused, match="no step of yours"):
        undo(example=example, user=ann)
    edit(example=example, columns={"messages": said("Two")}, user=ann)
    undo(example=example, user=ann)
    example.refresh_from_db()
    assert example.messages == said("One")
    assert [change.action for change in example.changes.all()] == ["approve", "undo", "edit", "undo"]


def test_a_claimed_row_is_nobody_elses_for_a_while(ann: Any, bo: Any) -> None:
    example = row()
    assert claim(example=example, user=ann)
    assert claim(example=example, user=ann)
    assert not claim(example=example, user=bo)
    release(example=example, user=bo)
    assert not claim(example=example, user=bo)
    release(example=example, user=ann)
    assert claim(example=example, user=bo)
    Example.objects.update(claimed_at=timezone.now() - timedelta(minutes=CLAIM_MINUTES + 1))
    assert claim(example=example, user=ann)


def test_two_reviewers_get_different_rows_and_go_round_once(ann: Any, bo: Any) -> None:
    dataset = factories.dataset()
    rows = [row(dataset=dataset) for _ in range(3)]
    row(State.DRAFT, dataset=dataset)
    assert next_to_review(dataset=dataset, user=ann) == rows[0]
    assert next_to_review(dataset=dataset, user=bo) == rows[1]
    assert next_to_review(dataset=dataset, user=ann, after=rows[0].pk) == rows[2]
    assert next_to_review(dataset=dataset, user=ann, after=rows[2].pk) == rows[0]
    for each in rows:
        move(example=each, action=Action.APPROVE, user=ann)
    assert next_to_review(dataset=dataset, user=bo) is None
