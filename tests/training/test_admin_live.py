"""The part of a run's page that renews itself, and asking a run to stop."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def live(run, mark=""):
    return reverse("admin:training_trainingrun_live", args=[run.pk]) + f"?mark={mark}"


def cancel(run):
    return reverse("admin:training_trainingrun_cancel", args=[run.pk])


@pytest.fixture
def run():
    run = make.run(state="running", attempts=1)
    make.measurement(stage=make.stage(run=run, state="running"))
    return run


@pytest.fixture
def owner(client, run):
    client.force_login(make.member(of=run.team))
    return client


def test_nothing_is_sent_while_nothing_is_new(owner, run):
    first = owner.get(live(run))
    mark = re.search(r"mark=(\w+)", first.content.decode())[1]
    assert owner.get(live(run, mark)).status_code == 204
    make.measurement(stage=run.stages.get())
    second = owner.get(live(run, mark))
    assert second.status_code == 200
    assert "<html" not in second.content.decode()
    assert "step 20 of 300" in second.content.decode()


def test_asking_ends_with_the_run(owner, run):
    type(run).objects.update(state="completed", progress=1.0)
    text = owner.get(live(run)).content.decode()
    assert "hx-trigger" not in text
    assert "Completed" in text


def test_whoever_is_signed_out_is_told_to_reload(client, run):
    answer = client.get(live(run))
    assert answer.headers["HX-Refresh"] == "true"
    assert answer.content == b""


def test_a_stranger_finds_nothing(client, run):
    client.force_login(make.member())
    assert client.get(live(run)).status_code == 404
    assert client.post(cancel(run)).status_code == 404


@pytest.mark.parametrize("role", Role.values)
def test_curators_and_admins_may_ask_it_to_stop(client, run, role):
    client.force_login(make.member(of=run.team, role=role))
    may = role in {Role.CURATOR, Role.ADMIN}
    assert ("ask-to-cancel" in client.get(address(run)).content.decode()) == may
    assert client.post(cancel(run)).status_code == (302 if may else 404)
    run.refresh_from_db()
    assert run.cancel_requested == may


def test_asking_is_a_post(owner, run):
    assert owner.get(cancel(run)).status_code == 405


def test_runs_are_cancelled_from_the_list_only_where_one_may(client, run):
    """Curator of one team, viewer of another: the action reaches the rows of the first alone."""
    other = make.run(state="running")
    person = make.member(of=run.team, role=Role.CURATOR)
    other.team.memberships.create(user=person, role=Role.VIEWER)
    client.force_login(person)
    chosen = {"action": "ask_to_cancel", "_selected_action": [str(run.pk), str(other.pk)]}
    client.post(reverse("admin:training_trainingrun_changelist"), chosen)
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.cancel_requested, other.cancel_requested) == (True, False)
