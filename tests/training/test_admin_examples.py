"""The form of an example: what a curator changes there is an edit like any other, with its history and its checks."""

from __future__ import annotations

from typing import Any

import pytest

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from training.errors import ReviewRefused
from training.models import Change, Example
from training.services import review
from training.services.content import content_hash

pytestmark = pytest.mark.django_db


@pytest.fixture
def example():
    return make.example(state="approved", context="Brand: CoffeeLab\nTone: warm ", group="g")


@pytest.fixture
def curator(client, example):
    person = make.member(of=example.dataset.team, role=Role.CURATOR)
    client.force_login(person)
    return person


def sent(client: Any, example: Example, **columns: Any) -> Any:
    """The form as a browser sends it."""
    form = {name: getattr(example, name) for name in ("split", "group", "kind")}
    form |= {"brand": example.brand_id or "", "context": example.context.replace("\n", "\r\n")}
    return client.post(address(example), form | columns, follow=True)


def test_a_change_on_the_page_is_an_edit(client, curator, example):
    brand = make.brand(team=example.dataset.team)
    assert "sends it back to review" in client.get(address(example)).content.decode()
    sent(client, example, split="held_out", kind="unseen", brand=brand.pk)
    example.refresh_from_db()
    assert (example.split, example.kind, example.brand, example.state) == ("held_out", "unseen", brand, "in_review")
    assert example.content_hash == content_hash("held_out", example.messages, example.context)
    change = example.changes.get()
    assert (change.action, change.user, change.before["split"]) == (Change.Action.EDIT, curator, "train")
    page = client.get(address(example)).content.decode()
    assert f"<ins>{brand}</ins>" in page
    assert "sends it back to review" not in page
    review.undo(example=example, user=curator)
    example.refresh_from_db()
    assert (example.split, example.state) == ("train", "approved")


def test_what_the_brand_never_says_is_found_when_the_row_gets_the_brand(client, curator):
    example = make.example(
        team=curator.memberships.get().team,
        tools=[],
        messages=[{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "The cheapest!"}],
    )
    sent(client, example, brand=make.brand(team=example.dataset.team, banned_words=["cheapest"]).pk)
    assert [finding.code for finding in example.findings.all()] == ["banned_word"]


def test_a_form_that_changes_nothing_leaves_the_row_approved(client, curator, example):
    sent(client, example)
    example.refresh_from_db()
    assert (example.state, example.context) == ("approved", "Brand: CoffeeLab\nTone: warm ")
    assert not example.changes.exists()


def test_the_same_row_on_the_other_side_is_refused_in_the_form(client, curator, example):
    twin = content_hash("held_out", example.messages, example.context)
    make.example(dataset=example.dataset, messages=example.messages, split="held_out", content_hash=twin)
    answer = sent(client, example, split="held_out")
    assert "says the same on this side of the split" in answer.content.decode()
    example.refresh_from_db()
    assert (example.split, example.state) == ("train", "approved")


def test_a_refusal_while_saving_is_a_sentence(client, curator, example, monkeypatch):
    def refused(**_: Any) -> None:
        raise ReviewRefused("Somebody else was faster.")

    monkeypatch.setattr("training.admin.examples.edit", refused)
    answer = sent(client, example, kind="other")
    assert (answer.status_code, "Somebody else was faster." in answer.content.decode()) == (200, True)


def test_who_may_not_curate_changes_nothing(client, example):
    client.force_login(make.member(of=example.dataset.team, role=Role.REVIEWER))
    assert sent(client, example, kind="other").status_code == 403
    assert not Change.objects.exists()
