"""Review: who moves an example from draft to approved, and how every step can be seen and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from training.errors import ReviewRefused
from training.models import Change, Dataset, Example, Finding
from training.services.content import content_hash
from training.services.findings import check_again

State, Action = Example.State, Change.Action
CLAIM_MINUTES = 10
CHUNK = 500
NO_REASON = "Say why it is rejected: whoever wrote it learns from the reason."
# From which states an action may be taken, and where it leads.
MOVES: dict[str, tuple[frozenset[str], str]] = {
    Action.SUBMIT: (frozenset({State.DRAFT, State.REJECTED}), State.IN_REVIEW),
    Action.APPROVE: (frozenset({State.IN_REVIEW}), State.APPROVED),
    Action.REJECT: (frozenset({State.IN_REVIEW}), State.REJECTED),
    Action.ARCHIVE: (frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.REJECTED}), State.ARCHIVED),
    Action.RESTORE: (frozenset({State.REJECTED, State.APPROVED, State.ARCHIVED}), State.DRAFT),
}
EDITABLE = ("messages", "tools", "expected", "split", "kind", "brand_id", "context", "group", "language")
HERE_ALREADY = "The dataset has this very row already: reject one of the two."


@transaction.atomic
def move(*, example: Example, action: str, user: Any = None, reason: str = "") -> Change:
    """Take one step of `MOVES`. Raises ReviewRefused when the row is elsewhere, has errors or lacks a reason."""
    sources, target = MOVES[action]
    if action == Action.REJECT and not reason.strip():
        raise ReviewRefused(NO_REASON)
    if action == Action.APPROVE and (fault := first_error(example)):
        raise ReviewRefused(f"The row has an error and cannot be approved: {fault.message} {fault.cure}".strip())
    after = {"state": str(target), "reason": reason if action == Action.REJECT else ""}
    before = {"state": example.state, "reason": example.reason}
    moved = Example.objects.filter(pk=example.pk, state=example.state, state__in=sources).update(
        **after, claimed_by=None, claimed_at=None
    )
    if not moved:
        example.refresh_from_db()
        raise ReviewRefused(
            f"The row is {example.get_state_display()}: it cannot be {Action(action).label} from there."
        )
    example.state, example.reason = after["state"], after["reason"]
    return Change.objects.create(example=example, action=action, user=user, reason=reason, before=before, after=after)


def first_error(example: Example) -> Finding | None:
    found: Finding | None = example.findings.filter(severity=Finding.Severity.ERROR).first()
    return found


def open_to(examples: QuerySet[Any], action: str) -> QuerySet[Any]:
    """Those of the examples that may take the step."""
    rows = examples.filter(state__in=MOVES[action][0])
    faulty = Finding.objects.filter(example=OuterRef("pk"), severity=Finding.Severity.ERROR)
    return rows.exclude(Exists(faulty)) if action == Action.APPROVE else rows


def move_all(*, examples: QuerySet[Any], action: str, user: Any = None, reason: str = "") -> tuple[int, int]:
    """(moved, left as they were): the step for every row that may take it; the others are counted, not changed.

    Raises ReviewRefused for a rejection without a reason.
    """
    if action == Action.REJECT and not reason.strip():
        raise ReviewRefused(NO_REASON)
    keys, moved = list(examples.values_list("pk", flat=True)), 0
    for start in range(0, len(keys), CHUNK):
        moved += move_some(Example.objects.filter(pk__in=keys[start : start + CHUNK]), action, user, reason)
    return moved, len(keys) - moved


@transaction.atomic
def move_some(examples: QuerySet[Any], action: str, user: Any, reason: str) -> int:
    """The step for a few hundred rows in a few queries."""
    rows = list(open_to(examples, action).select_for_update().values("pk", "state", "reason"))
    after = {"state": str(MOVES[action][1]), "reason": reason if action == Action.REJECT else ""}
    Example.objects.filter(pk__in=[row["pk"] for row in rows]).update(**after, claimed_by=None, claimed_at=None)
    Change.objects.bulk_create(
        Change(
            example_id=row["pk"],
            action=action,
            user=user,
            reason=reason,
            before={"state": row["state"], "reason": row["reason"]},
            after=after,
        )
        for row in rows
    )
    return len(rows)


@transaction.atomic
def edit(*, example: Example, columns: Mapping[str, Any], user: Any = None, reason: str = "") -> Change | None:
    """Change what an example says; None when nothing differs. An approved row goes back to review.

    Raises ReviewRefused when the dataset has the very same row already.
    """
    locked: Example = Example.objects.select_for_update().get(pk=example.pk)
    changed = {name: value for name, value in columns.items() if name in EDITABLE and getattr(locked, name) != value}
    if not changed:
        return None
    before = {name: getattr(locked, name) for name in changed}
    if locked.state == State.APPROVED:
        before["state"], changed["state"] = str(locked.state), str(State.IN_REVIEW)
    write(locked, changed)
    for name, value in changed.items():
        setattr(example, name, value)
    return Change.objects.create(
        example=example, action=Action.EDIT, user=user, reason=reason, before=before, after=changed
    )


def is_here_already(example: Example, columns: Mapping[str, Any]) -> bool:
    """Whether another row of the dataset says what this one would say with these columns."""
    said = [columns.get(name, getattr(example, name)) for name in ("split", "messages", "context")]
    others = Example.objects.filter(dataset_id=example.dataset_id, content_hash=content_hash(*said))
    return others.exclude(pk=example.pk).exists()


def write(example: Example, columns: Mapping[str, Any]) -> None:
    """Save the columns; where they are more than its state, what the row says is checked again."""
    for name, value in columns.items():
        setattr(example, name, value)
    example.content_hash = content_hash(example.split, example.messages, example.context)
    try:
        with transaction.atomic():
            example.save(update_fields=[*columns, "content_hash"])
    except IntegrityError as problem:
        raise ReviewRefused(HERE_ALREADY) from problem
    if columns.keys() & set(EDITABLE):
        check_again(example)


@transaction.atomic
def undo(*, example: Example, user: Any) -> Change:
    """Take back the user's own last step, if nobody has changed the row since. Raises ReviewRefused."""
    last: Change | None = example.changes.order_by("-pk").first()
    if last is None or last.user_id != getattr(user, "pk", None) or last.action == Action.UNDO:
        raise ReviewRefused("There is no step of yours to take back on this row.")
    locked: Example = Example.objects.select_for_update().get(pk=example.pk)
    write(locked, last.before)
    example.refresh_from_db()
    return Change.objects.create(example=example, action=Action.UNDO, user=user, before=last.after, after=last.before)


def free_for(user: Any) -> Q:
    """Rows nobody else has claimed, or whose claim has run out."""
    stale = timezone.now() - timedelta(minutes=CLAIM_MINUTES)
    return Q(claimed_by=None) | Q(claimed_by=user) | Q(claimed_at__lt=stale)


def claim(*, example: Example, user: Any) -> bool:
    """Whether the row is now this user's to review, for ten minutes."""
    taken = Example.objects.filter(free_for(user), pk=example.pk).update(claimed_by=user, claimed_at=timezone.now())
    return bool(taken)


def release(*, example: Example, user: Any) -> None:
    Example.objects.filter(pk=example.pk, claimed_by=user).update(claimed_by=None, claimed_at=None)


def next_to_review(*, dataset: Dataset, user: Any, after: int = 0) -> Example | None:
    """Claim and return the next row in review behind `after`, going round once; None when none is free."""
    waiting = dataset.examples.filter(free_for(user), state=State.IN_REVIEW).order_by("pk")
    for rows in (waiting.filter(pk__gt=after), waiting.filter(pk__lte=after)):
        for example in rows[:20]:
            if claim(example=example, user=user):
                return example
    return None
