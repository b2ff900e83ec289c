"""Augmenting on the admin's pages: choices and a dry run, what it shows, and keeping it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from background import queue
from background.errors import QueueUnavailable
from background.running import run_leased
from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from training.models import Augmentation
from training.services.augmentation import augment_now, new_augmentation, work_augmentation

pytestmark = pytest.mark.django_db
ADD = "admin:training_augmentation_add"


@pytest.fixture
def dataset(var, music):
    return music


@pytest.fixture
def curator(client, dataset):
    person = make.member(of=dataset.team, role=Role.CURATOR)
    client.force_login(person)
    return person


def asked(client, dataset, **more):
    form = {"into": dataset.pk, "method": "wordings", "count": "4", "seed": "2", "values": "", **more}
    return client.post(reverse(ADD), form, follow=True)


def test_rows_are_tried_shown_and_then_kept(client, curator, dataset):
    page = asked(client, dataset)
    row = Augmentation.objects.get()
    assert page.redirect_chain[-1][0] == address(row)
    assert "Making rows" in page.content.decode()
    assert (row.options["dry_run"], row.state, row.created_by) == (True, "queued", curator)
    before = dataset.examples.count()
    run_leased(Augmentation, row.pk, work_augmentation)
    shown = client.get(address(row)).content.decode()
    assert "4 rows can be made. Nothing has been kept yet." in shown
    assert "Made from" in shown
    assert dataset.examples.count() == before

    client.post(reverse("admin:training_augmentation_keep", args=[row.pk]))
    kept = Augmentation.objects.exclude(pk=row.pk).get()
    run_leased(Augmentation, kept.pk, work_augmentation)
    assert {example.state for example in kept.examples.all()} == {"draft"}
    shown = client.get(address(kept)).content.decode()
    assert "4 rows are drafts now." in shown
    drafts = client.get(reverse("admin:training_example_changelist"), {"augmented_by__id__exact": kept.pk})
    assert drafts.context["cl"].result_count == 4
    assert client.get(reverse("admin:training_augmentation_changelist")).status_code == 200


def test_only_a_curator_of_the_team_augments(client, dataset):
    row = augment_now(new_augmentation(dataset=dataset, method="wordings", count=2))
    for person in (make.member(of=dataset.team, role=Role.REVIEWER), make.member(role=Role.CURATOR)):
        client.force_login(person)
        asked(client, dataset)
        assert client.post(reverse("admin:training_augmentation_keep", args=[row.pk])).status_code == 404
    assert client.get(reverse("admin:training_augmentation_skips", args=[row.pk])).status_code == 404
    assert Augmentation.objects.count() == 1
    client.force_login(make.member(of=dataset.team, role=Role.VIEWER))
    page = client.get(address(row)).content.decode()
    assert "2 rows can be made" in page
    assert "Keep them as drafts" not in page


def test_what_was_left_out_is_listed_and_downloaded(client, curator, dataset):
    make.example(dataset=dataset, messages=[{"role": "user", "content": "No calls"}])
    row = augment_now(new_augmentation(dataset=dataset, method="brands", count=2))
    assert row.reason in client.get(address(row)).content.decode()
    row = augment_now(new_augmentation(dataset=dataset, method="values", count=500))
    assert "The first attempts that were left out" in client.get(address(row)).content.decode()
    answer = client.get(reverse("admin:training_augmentation_skips", args=[row.pk]))
    content = b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    assert b'"outcome"' in content


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"method": "model"}, "No generation endpoint is configured"),
        ({"values": '["x"]'}, "The values are an object such as"),
        ({"values": "{"}, "Enter a valid JSON"),
        ({"count": "0"}, "greater than or equal to 1"),
        ({"industries": ["alchemy"]}, "Select a valid choice"),
    ],
)
def test_choices_that_cannot_be_followed_come_back_with_the_reason(client, curator, dataset, choice, words):
    page = asked(client, dataset, **choice).content.decode()
    assert words in page
    assert not Augmentation.objects.exists()


def test_the_form_says_how_a_model_is_configured_and_never_its_key(client, curator, dataset, settings):
    assert "set AIDIRECTOR_AUGMENT_URL" in client.get(reverse(ADD)).content.decode()
    settings.AUGMENT_URL, settings.AUGMENT_KEY = "http://localhost:1/v1", "sk-secret"
    page = client.get(reverse(ADD), {"into": dataset.pk}).content.decode()
    assert "AIDIRECTOR_AUGMENT_URL" not in page
    assert "sk-secret" not in page
    assert f'value="{dataset.pk}" selected' in page


def test_a_row_with_odd_counts_can_be_shown(client, curator, dataset):
    row = new_augmentation(dataset=dataset, method="values", count=2)
    for counts in ([], {"outcomes": 3, "samples": ["x", {"messages": 3, "source": 999_999}], "faults": [{}, None]}):
        Augmentation.objects.filter(pk=row.pk).update(counts=counts, state="completed")
        assert client.get(address(row)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_without_a_queue_it_waits_and_the_page_says_so(client, curator, dataset, monkeypatch):
    def unreachable(row):
        raise QueueUnavailable("The queue does not answer.")

    monkeypatch.setattr(queue, "send", unreachable)
    page = asked(client, dataset)
    assert "The queue does not answer." in page.content.decode()
    assert Augmentation.objects.get().state == "queued"
