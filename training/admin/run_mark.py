"""Whether a run's page has something new to show: one cheap query, whoever asks."""

from __future__ import annotations

import hashlib
import json
from asyncio import sleep
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.db.models import Max, Model, OuterRef, QuerySet, Subquery

from training.admin.run_page import notes, time_left
from training.models import Measurement, SampleAnswer, Stage

SEEN = ("last_measured", "last_sample", "last_started", "last_ended")
LOOK_EVERY, LASTING, ALIVE_EVERY = 1.0, 240.0, 15.0  # seconds


@dataclass(frozen=True)
class Look:
    """A short text that is another when there is something new to show, and whether more will come."""

    mark: str
    over: bool


def watched(runs: QuerySet[Any]) -> QuerySet[Any]:
    """The runs, each with what its mark is made of: found by index, however long the run has been measured."""
    stages = Stage.objects.filter(run=OuterRef("pk")).order_by().values("run")
    annotated: QuerySet[Any] = runs.annotate(
        last_measured=newest(Measurement, "measured_at"),
        last_sample=newest(SampleAnswer, "pk"),
        last_started=Subquery(stages.annotate(newest=Max("started_at")).values("newest")),
        last_ended=Subquery(stages.annotate(newest=Max("ended_at")).values("newest")),
    )
    return annotated


def newest(rows: type[Model], column: str) -> Subquery:
    """The column of the last step of the stage the run is at."""
    stage = Stage.objects.filter(run=OuterRef(OuterRef("pk"))).exclude(state=Stage.State.WAITING).order_by("-number")
    found = rows._default_manager.filter(stage=Subquery(stage.values("pk")[:1]))
    return Subquery(found.order_by("-step").values(column)[:1])


def look(run: Any, now: datetime) -> Look:
    """How a run that `watched` returned stands now."""
    seen = [run.state, run.step, run.progress, run.cancel_requested, notes(run, now), time_left(run, now)]
    seen += [getattr(run, name) for name in SEEN]
    text = json.dumps(seen, default=str)
    return Look(hashlib.sha256(text.encode()).hexdigest()[:16], run.is_over)


async def events(
    looked: Callable[[], Awaitable[Look | None]],
    *,
    every: float = LOOK_EVERY,
    lasting: float = LASTING,
) -> AsyncIterator[str]:
    """Server-sent events: the mark at once and whenever it is another; a comment now and then, so that a dead
    connection is noticed.

    Ends with the run, when `looked` finds nothing any more, and after `lasting` seconds: the browser comes again.
    """
    yield "retry: 2000\n\n"
    began = said = monotonic()
    mark = ""
    while seen := await looked():
        if seen.mark != mark:
            mark, said = seen.mark, monotonic()
            yield f"event: mark\ndata: {mark}\n\n"
        if seen.over or monotonic() - began >= lasting:
            return
        if monotonic() - said >= ALIVE_EVERY:
            said = monotonic()
            yield ": alive\n\n"
        await sleep(every)
