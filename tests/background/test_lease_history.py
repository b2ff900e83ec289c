"""Whatever the order of claims, losses, beats and endings: only the newest owner writes, an end is an end."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from background.errors import LeaseLost
from background.lease import Lease, claim
from background.models import JobState
from background.reconcile import _take_back
from tests.background.sampleapp.models import SampleJob

steps = st.lists(
    st.tuples(st.sampled_from(["claim", "expire", "beat", "finish", "release"]), st.integers(0, 3)),
    max_size=25,
)


class LeaseHistory(TestCase):
    @settings(max_examples=60)
    @given(steps)
    def test_only_the_newest_owner_writes(self, history: list[tuple[str, int]]) -> None:
        row = SampleJob.objects.create(queue="training", function="x")
        owners: list[Lease] = []
        owner: Lease | None = None  # the one who must be able to write
        written = 0
        for number, (step, who) in enumerate(history, start=1):
            before = SampleJob.objects.get(pk=row.pk)
            if step == "claim":
                taken = claim(SampleJob, row.pk)
                assert (taken is not None) == (before.state == JobState.QUEUED)
                if taken is not None:
                    assert taken.fence == before.fence + 1
                    owners.append(taken)
                    owner = taken
            elif step == "expire":
                SampleJob.objects.filter(pk=row.pk).update(lease_expires_at=timezone.now() - timedelta(1))
                moved = list(_take_back(SampleJob))
                assert len(moved) == (before.state == JobState.RUNNING)
                owner = None
            elif who < len(owners):
                actor = owners[who]
                try:
                    if step == "beat":
                        actor.beat(note=str(number))
                        written = number
                    elif step == "finish":
                        actor.finish(JobState.COMPLETED)
                        owner = None
                    else:
                        actor.release()
                        owner = None
                except LeaseLost:
                    assert actor is not owner
                else:
                    assert actor.fence == before.fence
                    assert before.state == JobState.RUNNING
            now = SampleJob.objects.get(pk=row.pk)
            assert now.note == (str(written) if written else "")
            assert now.attempts <= SampleJob.MAX_ATTEMPTS
            if before.is_over:
                assert now.state == before.state
