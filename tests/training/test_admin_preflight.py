"""The preflight on a run's page: evidence that can be read, and a way past warnings for who may decide."""

from __future__ import annotations

import pytest
from django.urls import reverse

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
MASK = {
    "check": "loss_mask", "title": "What is trained on", "verdict": "passed", "cure": "",
    "evidence": "Row 3.\n\n<start_of_turn>user\n<b>Play</b>\n⟦call:play⟧",
}  # fmt: skip
WARNED = {
    "check": "examples",
    "title": "Examples",
    "verdict": "warning",
    "evidence": "'play' has 12.",
    "cure": "Write more.",
}


def start(run):
    return reverse("admin:training_trainingrun_start", args=[run.pk])


@pytest.fixture
def run():
    return make.run(state="failed", preflight=[MASK, WARNED])


def test_what_is_trained_on_is_marked_and_nothing_of_a_row_is_html(client, run):
    client.force_login(make.member(of=run.team))
    text = client.get(address(run)).content.decode()
    assert "<mark>⟦call:play⟧</mark>" in text
    assert "&lt;b&gt;Play&lt;/b&gt;" in text
    assert "1 warning, 1 check passed." in text
    assert text.index("Write more.") < text.index("What is trained on")


@pytest.mark.parametrize("role", Role.values)
def test_curators_and_admins_may_let_it_start(client, run, role):
    person = make.member(of=run.team, role=role)
    client.force_login(person)
    may = role in {Role.CURATOR, Role.ADMIN}
    assert ("start-all-the-same" in client.get(address(run)).content.decode()) == may
    answer = client.post(start(run), {"reason": "Twelve are enough."})
    assert answer.status_code == (302 if may else 404)
    run.refresh_from_db()
    assert (run.override_reason, run.overridden_by) == (("Twelve are enough.", person) if may else ("", None))
    text = client.get(address(run)).content.decode()
    assert (f"{person} let it start: “Twelve are enough.”" in text) == may


def test_without_a_reason_or_from_outside_nothing_starts(client, run):
    client.force_login(make.member(of=run.team))
    answer = client.post(start(run), {"reason": " "}, follow=True)
    assert "Say why the run may start" in answer.content.decode()
    assert client.get(start(run)).status_code == 405
    client.force_login(make.member())
    assert client.post(start(run), {"reason": "Mine."}).status_code == 404


def test_a_failed_check_offers_no_way_past_it(client, run):
    type(run).objects.update(preflight=[WARNED, MASK | {"verdict": "failed", "cure": "Mend it."}])
    client.force_login(make.member(of=run.team))
    text = client.get(address(run)).content.decode()
    assert "start-all-the-same" not in text
    assert "A failed check cannot be let pass." in text
    assert text.index("Mend it.") < text.index("Write more.")


def test_before_it_was_examined_there_is_nothing(client):
    run = make.run(state="queued")
    client.force_login(make.member(of=run.team))
    assert "Preflight</h2>" not in client.get(address(run)).content.decode()
