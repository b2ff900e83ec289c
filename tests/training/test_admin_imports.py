"""Importing on the admin's pages: a dry run from a form, what it shows, and importing for good."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from background import queue
from background.errors import QueueUnavailable
from background.running import run_leased
from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from training.models import Import
from training.services.imports import work_import

pytestmark = pytest.mark.django_db

ROWS = b'{"instruction": "How do I brew tea?", "input": "", "output": "Slowly."}\n{"instruction": "And coffee?"}\n'


@pytest.fixture
def dataset(var):
    return make.dataset()


@pytest.fixture
def curator(client, dataset):
    person = make.member(of=dataset.team, role=Role.CURATOR)
    client.force_login(person)
    return person


def uploaded(client, dataset):
    form = {"into": dataset.pk, "file": SimpleUploadedFile("rows.jsonl", ROWS), "format": "auto", "near": "on"}
    return client.post(reverse("admin:training_import_add"), form, follow=True)


def downloaded(answer) -> bytes:
    """The file, closed as a server would; `answer.close()` would close the test's database as well."""
    content = b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    return content


def test_a_file_is_tried_shown_and_then_imported(client, curator, dataset):
    page = uploaded(client, dataset)
    row = Import.objects.get()
    assert page.redirect_chain[-1][0] == address(row)
    assert (row.dry_run, row.state, row.created_by) == (True, "queued", curator)
    run_leased(Import, row.pk, work_import)
    shown = client.get(address(row)).content.decode()
    assert "1 of 2 rows can be imported, read as alpaca" in shown
    assert "<mark>Slowly.&lt;end_of_turn&gt;" in shown
    assert b'"row": 2' in downloaded(client.get(reverse("admin:training_import_skips", args=[row.pk])))
    assert not dataset.examples.exists()

    client.post(reverse("admin:training_import_keep", args=[row.pk]))
    kept = Import.objects.exclude(pk=row.pk).get()
    run_leased(Import, kept.pk, work_import)
    assert (kept.dry_run, dataset.examples.get().state) == (False, "draft")
    assert "1 of 2 rows are drafts now" in client.get(address(kept)).content.decode()


def test_only_a_curator_of_the_team_imports(client, dataset):
    row = make.file_import(dataset=dataset)
    for person in (make.member(of=dataset.team, role=Role.REVIEWER), make.member()):
        client.force_login(person)
        uploaded(client, dataset)
        assert client.post(reverse("admin:training_import_keep", args=[row.pk])).status_code == 404
    assert Import.objects.count() == 1


def test_a_stranger_does_not_get_the_skipped_rows(client, dataset):
    row = make.file_import(dataset=dataset)
    row.directory.mkdir(parents=True)
    row.skips_path.write_text('{"row": 2}\n')
    client.force_login(make.member())
    assert client.get(reverse("admin:training_import_skips", args=[row.pk])).status_code == 404
    client.force_login(make.member(of=dataset.team, role=Role.VIEWER))
    assert downloaded(client.get(reverse("admin:training_import_skips", args=[row.pk]))) == b'{"row": 2}\n'


@pytest.mark.django_db(transaction=True)
def test_without_a_queue_the_import_waits_and_the_page_says_so(client, curator, dataset, monkeypatch):
    def unreachable(row):
        raise QueueUnavailable("The queue does not answer.")

    monkeypatch.setattr(queue, "send", unreachable)
    page = uploaded(client, dataset)
    assert "The queue does not answer." in page.content.decode()
    assert Import.objects.get().state == "queued"
