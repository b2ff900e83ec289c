"""The page on which a run is planned: for curators, with every value, and what is launched is what was seen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from tests.fakes import FakeDryRun
from training.admin.plan_form import VALUES
from training.models import BaseModel, TrainingRun
from training.planning import Plan
from training.planning.checks import ELSEWHERE
from training.services import dry_run, plans

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"base": "starter-executor", "slot": "executor", "curriculum": "1,2", "seen": "0"}


@pytest.fixture
def curator(client, team):
    person = make.member(of=team, role=Role.CURATOR)
    client.force_login(person)
    return person


@pytest.fixture
def page(version, starters):
    return reverse("admin:training_datasetversion_plan", args=[version.pk])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_every_value_of_a_plan_has_a_field():
    assert set(VALUES) == set(Plan().as_json()) - set(ELSEWHERE)


def test_the_version_leads_to_the_page_and_it_says_what_is_planned(client, curator, version, page):
    assert page in text(client.get(address(version)))
    assert "Conversation trees" in text(client.get(page))
    seen = text(client.get(page, ASKED))
    assert "1 tool: <span" in seen
    assert 'placeholder="64"' in seen  # the LoRA rank of a starter
    assert "as planned (adamw_torch)" in seen
    assert "hx-get=" in seen


def test_others_than_curators_find_no_such_page(client, team, page, version):
    for role in (Role.REVIEWER, Role.VIEWER):
        client.force_login(make.member(of=team, role=role))
        assert client.get(page).status_code == 404
        assert client.post(page, ASKED).status_code == 404
        assert page not in text(client.get(address(version)))
    client.force_login(make.member())
    assert client.get(page).status_code in (302, 404)
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"batch": "0"}, "&#x27;batch&#x27; is 0: give a value from 1 to 1,024."),
        ({"learning_rate": "fast"}, "&#x27;fast&#x27; is no value for &#x27;learning_rate&#x27;: give a number."),
        ({"curriculum": "2,1"}, "must be growing numbers of tools"),
        ({"base": "gone"}, "The weights of &#x27;gone&#x27; are missing."),
    ],
)
def test_what_cannot_be_followed_is_said_on_the_page(client, curator, page, given, said):
    starter = BaseModel.objects.get(slug="starter-executor")
    BaseModel.objects.create(
        slug="gone", name="Gone", source="gone", architecture="causal", model_type="x", dtypes=[], fallback=starter
    )
    seen = text(client.post(page, ASKED | given))
    assert said in seen
    assert ("Plan with Starter executor" in seen) == ("base" in given)
    assert not TrainingRun.objects.exists()


@pytest.mark.usefixtures("embedded_queue")
def test_what_was_planned_is_launched(client, curator, page):
    answer = client.post(page, ASKED | {"batch": "4", "quantised": "no", "longest": "96"})
    run = TrainingRun.objects.get()
    assert answer.headers["Location"] == address(run)
    assert (run.created_by, run.slot) == (curator, "executor")
    assert (run.plan["batch"], run.plan["quantised"], run.plan["longest"]) == (4, False, 96)


def test_memory_and_time_are_foreseen_and_remembered(client, curator, page, monkeypatch):
    fake = FakeDryRun(longest=180)
    fake.memory |= {"activations": 10**13, "total": 10**13}
    monkeypatch.setattr(plans, "ask_dry_run", fake)
    for _ in range(2):
        shown = text(client.get(f"{page}foreseen/", ASKED))
    assert len(fake.asked) == 1
    assert "It does not fit: 10,000.0 GB of memory" in shown
    assert "Turn gradient checkpointing on: saves 5,000.0 GB, leaves 5,000.0 GB." in shown
    assert "The time is a rough guess of" in shown
    assert '<input type="hidden" name="longest" value="192">' in shown
    assert shown.index("memory-weights") < shown.index("memory-adapter")


def test_a_machine_that_cannot_foresee_says_so_and_launches_all_the_same(client, curator, page, monkeypatch):
    monkeypatch.setattr(dry_run.sys, "executable", "/nowhere/python")
    shown = text(client.get(f"{page}foreseen/", ASKED | {"batch": "8"}))
    assert "Memory cannot be predicted here, because training" in shown
    assert "Launch</button>" in shown


def test_a_row_that_is_too_long_is_not_launched(client, curator, page, monkeypatch):
    monkeypatch.setattr(plans, "ask_dry_run", FakeDryRun(longest=180, positions=128))
    shown = text(client.get(f"{page}foreseen/", ASKED | {"batch": "16"}))
    assert "has 180 tokens, and Starter executor reads 128 at most" in shown
    assert "Launch</button>" not in shown
