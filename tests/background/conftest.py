"""Rows and real worker processes for the tests of background work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.background.sampleapp.models import SampleJob


@pytest.fixture
def new_job(transactional_db: None) -> Callable[..., SampleJob]:
    """`new_job(behaviour="complete", **fields)`: a saved, not yet launched row."""

    def make(behaviour: str = "complete", **fields: object) -> SampleJob:
        values = {"queue": "training", "function": "tests.background.sampleapp.jobs.work", **fields}
        return SampleJob.objects.create(behaviour=behaviour, **values)

    return make
