"""Tools on the admin's pages: importing after a look, new versions, stale badges, migrating rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from training.admin import tool_pages
from training.models import Change, Tool
from training.services import stale
from training.services.tools import keep_tools

pytestmark = pytest.mark.django_db
IMPORT = "admin:training_tool_import_tools"
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
OLD, RENAMED = make.schema("play_music", song=TEXT, volume=WHOLE), make.schema("play_music", title=TEXT, volume=WHOLE)


@pytest.fixture
def team():
    team = make.team()
    keep_tools(team=team, declarations=[OLD])
    return team


@pytest.fixture
def curator(client, team):
    person = make.member(of=team, role=Role.CURATOR)
    client.force_login(person)
    return person


def tool(version: int = 1) -> Tool:
    found: Tool = Tool.objects.get(version=version)
    return found


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_declarations_are_seen_first_and_then_kept(client, curator, team):
    asked = {"team": team.pk, "text": json.dumps([OLD, RENAMED | {"name": "x"}][:1] + [make.schema("stop")])}
    seen = text(client.post(reverse(IMPORT), asked))
    assert "1 declaration will be kept." in seen
    assert (Tool.objects.count(), "unchanged" in seen, "new" in seen) == (1, True, True)
    answer = client.post(reverse(IMPORT), {**asked, "keep": "yes"}, follow=True)
    assert "1 tool kept: stop v1." in text(answer)
    assert Tool.objects.filter(team=team, name="stop", version=1).exists()
    assert "Nothing is new" in text(client.post(reverse(IMPORT), {**asked, "keep": "yes"}, follow=True))


def test_an_uploaded_file_is_only_looked_at_and_its_text_is_carried_on(client, curator, team):
    source = b'def play_music(title: str, volume: int):\n    """Does play_music."""\n'
    file = SimpleUploadedFile("tools.py", source)
    seen = text(client.post(reverse(IMPORT), {"team": team.pk, "file": file, "keep": "yes"}))
    assert "play_music</strong>" in seen
    assert "&#x27;song&#x27; was removed" in seen
    assert "def play_music(title: str" in seen
    assert Tool.objects.count() == 1


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "The text is empty"),
        ('[{"name": "play",}]', "Line 1: this is no JSON"),
        ("def f(x): pass", "Line 1"),
        (
            '{"name": "p", "parameters": {"type": "object", "properties": {"a": {"pattern": "(?=a)"}}}}',
            "Tool 1: in the",
        ),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_on_the_form(client, curator, team, written, words):
    answer = client.post(reverse(IMPORT), {"team": team.pk, "text": written})
    assert answer.status_code == 200
    assert words in text(answer)
    assert "Traceback" not in text(answer)


def test_the_list_leads_to_the_import(client, curator):
    assert reverse(IMPORT) in text(client.get(reverse("admin:training_tool_changelist")))
    assert "Declarations" in text(client.get(reverse("admin:training_tool_add")))


def test_who_may_not_curate_imports_changes_and_migrates_nothing(client, team):
    asked = {"team": team.pk, "text": json.dumps(make.schema("stop")), "keep": "yes"}
    for person, status in ((make.member(of=team, role=Role.REVIEWER), 403), (make.member(), 200)):
        client.force_login(person)
        assert client.post(reverse(IMPORT), asked).status_code == status, "a stranger has a team, and not this one"
        assert client.get(reverse("admin:training_tool_migrate", args=[tool().pk])).status_code == 404
        client.post(address(tool()), {"schema": json.dumps(RENAMED)})
    assert Tool.objects.count() == 1


def test_saving_another_declaration_makes_the_next_version(client, curator, team):
    first = tool()
    answer = client.post(address(first), {"schema": json.dumps(RENAMED)}, follow=True)
    assert answer.redirect_chain[-1][0] == address(tool(2))
    assert "Version 2 is the current one now." in text(answer)
    assert (tool(1).schema, tool(2).schema) == (OLD, RENAMED)
    assert "Nothing changed" in text(client.post(address(tool(2)), {"schema": json.dumps(RENAMED)}, follow=True))
    shown = text(client.get(address(first)))
    assert "the current one is" in shown
    assert address(tool(2)) in shown


@pytest.mark.parametrize(
    ("written", "words"),
    [(make.schema("stop"), "a tool keeps its name"), ({"name": "play_music"}, "it is not"), ([1], "is an object")],
)
def test_a_declaration_that_is_none_is_said_on_the_form(client, curator, team, written, words):
    answer = client.post(address(tool()), {"schema": json.dumps(written)})
    assert words in text(answer)
    assert tool().schema == OLD


def test_deleting_the_newest_version_makes_the_older_one_current(client, curator, team):
    example = make.example(team=team, tools=[OLD])
    keep_tools(team=team, declarations=[RENAMED])
    assert example.findings.filter(code="stale_tool").exists()
    client.post(reverse("admin:training_tool_delete", args=[tool(2).pk]), {"post": "yes"})
    assert not example.findings.filter(code="stale_tool").exists()


def test_rows_are_looked_at_renamed_and_migrated(client, curator, team):
    example = make.example(team=team, tools=[OLD], messages=said("Halo"))
    other = make.example(dataset=example.dataset, tools=[OLD], messages=said("Clocks"))
    keep_tools(team=team, declarations=[make.schema("play_music", what=TEXT, volume=WHOLE)])
    assert "2 rows declare the tool as it was." in text(client.get(address(tool(2))))
    page = reverse("admin:training_tool_migrate", args=[tool(1).pk])
    seen = text(client.get(page))
    assert "2 rows can follow by themselves." in seen
    assert "&#x27;song&#x27; was removed" in seen
    seen = text(client.get(page, {"rename-song": "what"}))
    assert "now called &#x27;what&#x27;" in seen
    assert "<ins>what</ins>" in seen
    assert Change.objects.count() == 0
    answer = client.post(page, {"rename-song": "what"}, follow=True)
    assert "2 rows migrated." in text(answer)
    assert "declare the tool as it was" not in text(answer)
    for row, song in ((example, "Halo"), (other, "Clocks")):
        row.refresh_from_db()
        assert row.messages[1]["tool_calls"] == [make.call(what=song, volume=7)]
        assert (row.changes.get().user, row.changes.get().reason) == (curator, "play_music v1 → v2")
    assert "Every row declares the tool as it is now." in text(client.get(page))
    assert "play_music v1 → v2" in text(client.get(address(example)))


def test_why_a_person_is_needed_is_said(client, curator, team):
    make.example(team=team, tools=[OLD], messages=said("Halo"))
    keep_tools(team=team, declarations=[make.schema("play_music", song=TEXT, volume={**WHOLE, "maximum": 5})])
    page = reverse("admin:training_tool_migrate", args=[tool(2).pk])
    seen = text(client.get(page))
    assert "No row can follow by itself. 1 needs a person." in seen
    assert "7 is greater than the maximum of 5" in seen
    assert "0 rows migrated. 1 needs a person." in text(client.post(page, follow=True))
    assert "has no such argument" in text(client.get(page, {"rename-song": "nowhere"}, follow=True))


def test_the_tool_s_page_asks_as_often_for_many_stale_rows(client, curator, team):
    dataset = make.dataset(team=team)
    make.example(dataset=dataset, tools=[OLD])
    keep_tools(team=team, declarations=[RENAMED])
    client.get(address(tool(2)))
    with CaptureQueriesContext(connection) as few:
        client.get(address(tool(2)))
    for _ in range(20):
        make.example(dataset=dataset, tools=[OLD])
    with CaptureQueriesContext(connection) as many:
        client.get(address(tool(2)))
    assert len(many) == len(few)


def test_runs_and_models_of_a_stale_version_say_so(client, curator, team):
    frozen = make.dataset_version(team=team, dataset=make.dataset(team=team), tools=[OLD])
    run = make.run(dataset_version=frozen, state="completed")
    model = make.model_version(run=run, state="promoted")
    for row in (run, model):
        assert "stale:" not in text(client.get(address(row)))
    keep_tools(team=team, declarations=[RENAMED])
    assert "stale: play_music" in text(client.get(address(run)))
    assert "Migrate the rows on the tool" in text(client.get(address(run)))
    assert "It is at work now." in text(client.get(address(model)))


def said(song: str) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": f"Play {song}"},
        {"role": "assistant", "content": "", "tool_calls": [make.call(song=song, volume=7)]},
    ]


def test_a_click_migrates_so_many_rows_as_a_person_can_wait_for(client, curator, team, monkeypatch):
    monkeypatch.setattr(tool_pages, "AT_ONCE", 1)
    monkeypatch.setattr(stale, "CHUNK", 1)
    for song in ("Halo", "Clocks"):
        make.example(team=team, tools=[OLD], messages=said(song))
    keep_tools(team=team, declarations=[RENAMED])
    page = reverse("admin:training_tool_migrate", args=[tool(2).pk])
    seen = text(client.get(page))
    assert "1 more waits for the next time, or for <code>manage.py migrate_rows play_music</code>" in seen
    assert "Migrate 1 row " in seen
    assert "1 row migrated." in text(client.post(page, follow=True))
    assert "1 row can follow by itself." in text(client.get(page))
