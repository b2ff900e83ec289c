"""Importing on the admin's pages: a dry run from a form, what it shows, and importing for good."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from background import queue
from background.errors import QueueUnavailable
from background.running import run_leased
from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from training.models import Import
from training.services.imports import work_import
from training.services.rendering import rendering_for, tokenizer_folder

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


SHEET = "Frage,Antwort,Marke,Notiz\nWie brüht man Tee?,Langsam.,coffeelab,gut\nUnd Kaffee?,Schnell.,,\n".encode()


def tried(client, dataset, content=SHEET, name="rows.csv", **fields) -> Import:
    """The dry run of a file, worked to its end."""
    form = {"into": dataset.pk, "file": SimpleUploadedFile(name, content), "format": "auto", "near": "on"}
    client.post(reverse("admin:training_import_add"), form | fields)
    return worked()


def worked() -> Import:
    row = Import.objects.latest("created_at")
    run_leased(Import, row.pk, work_import)
    row.refresh_from_db()
    return row


def again(client, row, **fields):
    return client.post(reverse("admin:training_import_again", args=[row.pk]), {"format": "auto"} | fields, follow=True)


def test_columns_that_say_nothing_are_given_a_meaning_on_the_page(client, curator, dataset):
    make.brand(team=dataset.team, slug="coffeelab")
    row = tried(client, dataset)
    assert row.state == "failed"
    page = client.get(address(row)).content.decode()
    assert '<label for="id_column-0">Frage</label>' in page
    assert "Wie brüht man Tee? · Und Kaffee?" in page

    mapped = {"column-0": "instruction", "column-1": "output", "column-2": "brand"}
    page = again(client, row, **mapped)
    second = worked()
    assert page.redirect_chain[-1][0] == address(second)
    assert (second.state, second.format, second.counts["imported"]) == ("completed", "alpaca", 2)
    assert second.options["columns"] == {"instruction": "Frage", "output": "Antwort", "brand": "Marke"}
    assert second.options["near"] is True
    assert 'value="brand" selected' in client.get(address(second)).content.decode()
    client.post(reverse("admin:training_import_keep", args=[second.pk]))
    assert worked().counts["imported"] == 2
    first = dataset.examples.order_by("pk")[0]
    assert (first.messages[0]["content"], first.brand.slug) == ("Wie brüht man Tee?", "coffeelab")


def test_fields_of_json_lines_are_given_a_meaning_as_well(client, curator, dataset):
    rows = [{"ask": f"Question {n}?", "said": {"text": "no"}, "reply": f"Answer {n}."} for n in range(2)]
    row = tried(client, dataset, "".join(json.dumps(each) + "\n" for each in rows).encode(), "rows.jsonl", near="")
    assert row.state == "failed"
    again(client, row, **{"column-0": "question", "column-2": "answer"})
    second = worked()
    assert (second.format, second.counts["imported"]) == ("tutoring", 2)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"column-0": "instruction", "column-1": "instruction"}, "are both Instruction"),
        ({"column-0": "instruction"}, "Say as well which column is Output."),
        ({"column-0": "goal", "column-1": "level"}, "Say as well which column is Steps."),
        ({"column-2": "brand"}, "Say as well which column is"),
    ],
)
def test_a_mapping_that_makes_no_row_comes_back_with_the_reason(client, curator, dataset, chosen, sentence):
    row = tried(client, dataset)
    page = again(client, row, **chosen).content.decode()
    assert sentence in page
    assert all(f'value="{field}" selected' in page for field in chosen.values())
    assert Import.objects.count() == 1


def test_another_sheet_of_a_workbook_is_chosen_on_the_page(client, curator, dataset):
    book = Workbook()
    book.active.append(["nothing", "here"])
    rows = book.create_sheet("Rows")
    rows.append(["instruction", "output"])
    rows.append(["How do I brew tea?", "Slowly."])
    file = BytesIO()
    book.save(file)
    row = tried(client, dataset, file.getvalue(), "rows.xlsx")
    assert row.state == "failed"
    page = client.get(address(row)).content.decode()
    assert '<option value="Rows">Rows</option>' in page
    again(client, row, sheet="Rows")
    assert (worked().counts["imported"], worked().options["sheet"]) == (1, "Rows")


def test_a_sheet_that_is_not_there_can_be_corrected_on_the_page(client, curator, dataset):
    book, file = Workbook(), BytesIO()
    book.active.title = "Rows"
    book.save(file)
    row = tried(client, dataset, file.getvalue(), "rows.xlsx", sheet="Rwos")
    assert "has no sheet" in row.reason
    assert '<option value="Rows">Rows</option>' in client.get(address(row)).content.decode()


def test_only_a_curator_tries_again(client, dataset, curator):
    row = tried(client, dataset)
    for person in (make.member(of=dataset.team, role=Role.REVIEWER), make.member()):
        client.force_login(person)
        assert again(client, row, **{"column-0": "instruction", "column-1": "output"}).status_code == 404
    assert Import.objects.count() == 1


def test_a_file_that_is_gone_is_a_sentence(client, curator, dataset):
    row = tried(client, dataset)
    row.path.unlink()
    assert 'id="id_column-0"' not in client.get(address(row)).content.decode()
    page = again(client, row, **{"column-0": "instruction", "column-1": "output"}).content.decode()
    assert "no longer on this machine" in page


def test_rows_are_shown_in_the_template_of_the_base_that_is_chosen(client, curator, dataset, settings, tmp_path):
    settings.STARTERS_DIR = tmp_path
    make.base_model(slug="chatty", source="chatty", name="Chatty")
    make.base_model(slug="far", source="far", name="Far away")
    make.base_model(slug="reader", source="reader", name="Reader", architecture="seq2seq")
    (tmp_path / "chatty").mkdir()
    (tmp_path / "chatty" / "config.json").write_text("{}")
    template = "{% for m in messages %}[{{ m.role }}]{{ m.content }};{% endfor %}"
    opened = "{% if add_generation_prompt %}[assistant]{% endif %}"
    (tmp_path / "chatty" / "tokenizer_config.json").write_text(json.dumps({"chat_template": template + opened}))
    where = address(make.file_import(dataset=dataset))
    shown = {base: client.get(where, {"base": base}).content.decode() for base in ("", "chatty", "far", "reader")}
    assert "<mark>Slowly.&lt;end_of_turn&gt;" in shown[""]
    assert "[user]How do I brew tea?;[assistant]<mark>Slowly.;</mark>" in shown["chatty"]
    assert "The chat template of Far away is not on this machine." in shown["far"]
    assert "<mark>Slowly.&lt;end_of_turn&gt;" in shown["far"]
    assert "How do I brew tea?\n<mark>Slowly.</mark>" in shown["reader"]


def test_a_template_that_refuses_the_row_is_a_sentence(client, curator, dataset, settings, tmp_path):
    settings.STARTERS_DIR = tmp_path
    make.base_model(slug="strict", source="strict")
    (tmp_path / "strict").mkdir()
    (tmp_path / "strict" / "config.json").write_text("{}")
    config = {"chat_template": "{{ raise_exception('No.') }}"}
    (tmp_path / "strict" / "tokenizer_config.json").write_text(json.dumps(config))
    page = client.get(address(make.file_import(dataset=dataset)), {"base": "strict"}).content.decode()
    assert "cannot write this row: No.<" in page


def test_a_template_in_the_hubs_cache_is_found(dataset, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    base = make.base_model(slug="hub", source="some/model", revision="")
    assert tokenizer_folder(base) is None
    folder = tmp_path / "models--some--model" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "tokenizer_config.json").write_text('{"chat_template": "hi"}')
    assert tokenizer_folder(base) is None
    (tmp_path / "models--some--model" / "refs").mkdir()
    (tmp_path / "models--some--model" / "refs" / "main").write_text("abc\n")
    assert tokenizer_folder(base) == folder
    base.revision = "abc"
    assert rendering_for("hub").is_own
