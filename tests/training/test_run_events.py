"""Server-sent events of a run: when they are sent, to whom, when they end, and what a look costs."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from brands.admin.pieces import address
from tests import factories as make
from training.admin.run_mark import Look, events, look, watched
from training.models import SampleAnswer, Stage, TrainingRun


def awaited(function):
    """What the coroutine function returns, in a thread of its own: the browser's loop may be running in this one."""

    async def whole():
        try:
            return await function()
        finally:
            await sync_to_async(connections.close_all)()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, whole()).result()


def heard(looks, **options):
    """What is sent to a browser while the run looks so, one look after the other."""
    ahead = iter(looks)

    async def looked():
        return next(ahead)

    async def listen():
        return [event async for event in events(looked, every=0, **options)]

    return awaited(listen)


def told(*marks):
    return ["retry: 2000\n\n", *(f"event: mark\ndata: {mark}\n\n" for mark in marks)]


def test_a_mark_is_sent_once_and_the_end_of_the_run_is_the_last():
    looks = [Look("a", False), Look("a", False), Look("b", False), Look("b", False), Look("c", True)]
    assert heard(looks) == told("a", "b", "c")


def test_it_ends_with_the_right_to_see_it_and_after_a_while():
    assert heard([Look("a", False), None]) == told("a")
    assert heard([Look("a", False)], lasting=0) == told("a")


def stream(run):
    return reverse("admin:training_trainingrun_events", args=[run.pk])


@pytest.fixture
def run(db):
    run = make.run(state="running", attempts=1, started_at=timezone.now(), heartbeat_at=timezone.now())
    make.measurement(stage=make.stage(run=run, state="running"))
    return run


def mark_of(run):
    return look(watched(TrainingRun.objects).get(pk=run.pk), timezone.now()).mark


def test_every_change_makes_another_mark(run):
    stage, marks = run.stages.get(), [mark_of(run)]

    def another(change, *args, **columns):
        change(*args, **columns)
        marks.append(mark_of(run))

    another(make.measurement, stage=stage)
    another(stage.measurements.last().save)  # an evaluation at a step that has its loss already
    another(SampleAnswer.objects.create, stage=stage, step=10, number=0, prompt="", wanted="", answer="", right=True)
    another(Stage.objects.update, state="passed", ended_at=timezone.now())
    another(TrainingRun.objects.update, step="Gate of stage 1: 3 of 60 held-out requests")
    another(TrainingRun.objects.update, cancel_requested=True)
    another(TrainingRun.objects.update, cancel_requested=False, heartbeat_at=timezone.now() - timedelta(minutes=2))
    assert len(set(marks)) == len(marks)
    assert mark_of(run) == marks[-1]


def test_a_look_is_one_query(run, rf):
    from django.contrib import admin

    request, person = rf.get("/"), make.member(of=run.team)
    request.user = person
    registered = admin.site.get_model_admin(TrainingRun)
    registered.looked(request, run.pk)  # the memberships of the person are read once
    with CaptureQueriesContext(connection) as queries:
        assert registered.looked(request, run.pk).mark == mark_of(run)
    assert len(queries) == 2  # one is mark_of's


@pytest.mark.django_db(transaction=True)
def test_a_browser_hears_of_every_change_until_the_run_is_over(run):
    person = make.member(of=run.team)

    async def watch():
        client = AsyncClient()
        await sync_to_async(client.force_login)(person)
        page = (await client.get(address(run))).content.decode()
        (mark,) = re.findall('data-mark="(.*?)"', page)
        answer = await client.get(stream(run))
        assert answer.headers["Content-Type"] == "text/event-stream"
        sent = answer.streaming_content.__aiter__()
        said = [await anext(sent), await anext(sent)]
        assert [event.decode() for event in said] == told(mark)
        await sync_to_async(TrainingRun.objects.update)(state="completed", ended_at=timezone.now())
        return [event.decode() async for event in sent]

    assert [event.partition("\n")[0] for event in awaited(watch)] == ["event: mark"]


@pytest.mark.django_db(transaction=True)
def test_strangers_and_the_signed_out_hear_nothing(run):
    stranger = make.member()

    async def statuses():
        client, found = AsyncClient(), []
        found.append((await client.get(stream(run))).status_code)
        await sync_to_async(client.force_login)(stranger)
        found.append((await client.get(stream(run))).status_code)
        return found

    assert awaited(statuses) == [404, 404]


def test_without_asgi_the_browser_is_told_to_ask_instead(client, run):
    client.force_login(make.member(of=run.team))
    assert client.get(stream(run)).status_code == 204
