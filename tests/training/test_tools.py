"""Tools: new versions only where something differs, what becomes stale by one, and rows that follow."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from training.errors import ToolRefused, UnreadableTool
from training.models import Change, Example, Finding, Tool
from training.services import tool_migration
from training.services.content import content_hash
from training.services.findings import check_again
from training.services.review import edit, undo
from training.services.stale import mark_stale, stale_count
from training.services.tool_migration import find_tool, migrate, preview
from training.services.tools import compared, keep_tools, new_version

pytestmark = pytest.mark.django_db
State = Example.State
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
OLD = make.schema("play", song=TEXT, volume=WHOLE)
RENAMED = make.schema("play", song_title=TEXT, volume=WHOLE)


@pytest.fixture
def team() -> Any:
    team = make.team()
    keep_tools(team=team, declarations=[OLD])
    return team


@pytest.fixture
def dataset(team: Any) -> Any:
    return make.dataset(team=team)


def row(dataset: Any, song: str = "Halo", **columns: Any) -> Example:
    messages = [
        {"role": "user", "content": f"Play {song}"},
        {"role": "assistant", "content": "", "tool_calls": [make.call("play", song=song, volume=7)]},
    ]
    told = {"messages": messages, "tools": [OLD], "content_hash": content_hash("train", messages, ""), **columns}
    return make.example(dataset=dataset, **told)


def current(team: Any) -> Tool:
    return find_tool(team=team, name="play")


def stale(example: Example) -> list[str]:
    return [found.message for found in example.findings.filter(code="stale_tool")]


def test_a_version_is_made_where_a_declaration_differs(team: Any) -> None:
    other = make.schema("stop", now={"type": "boolean"})
    planned = compared(team=team, declarations=[OLD, other, RENAMED])
    assert [(each.name, each.outcome, each.version) for each in planned] == [
        ("play", "same", 1),
        ("stop", "new", 1),
        ("play", "changed", 2),
    ]
    keep_tools(team=team, declarations=[OLD, other])
    (kept,) = keep_tools(team=team, declarations=[RENAMED])
    assert [change.kind for change in kept.changes] == ["renamed"]
    assert keep_tools(team=team, declarations=[RENAMED])[0].outcome == "same"
    assert [str(tool) for tool in Tool.objects.of(team)] == ["play v2", "play v1", "stop v1"]
    assert Tool.objects.of(team).get(name="play", version=1).schema == OLD


def test_nothing_is_kept_of_declarations_of_which_one_is_wrong(team: Any) -> None:
    wrong = make.schema("stop", at={"type": "string", "pattern": "(?=a)"})
    with pytest.raises(UnreadableTool, match=r"Tool 2: .*the pattern '\(\?=a\)' cannot be used"):
        keep_tools(team=team, declarations=[RENAMED, wrong])
    assert Tool.objects.of(team).count() == 1


@pytest.mark.parametrize("schema", [make.schema("stop"), "play", {}, {**OLD, "function": {"name": "play it"}}])
def test_a_new_version_keeps_its_name_and_is_sound(team: Any, schema: Any) -> None:
    with pytest.raises((ToolRefused, UnreadableTool)):
        new_version(tool=current(team), schema=schema)
    assert Tool.objects.of(team).count() == 1


def test_rows_and_frozen_versions_of_the_team_are_marked_and_unmarked(team: Any, dataset: Any) -> None:
    ours, without = row(dataset), row(dataset, "Clocks", tools=[make.schema("stop")])
    theirs = row(make.dataset())
    frozen = make.dataset_version(dataset=dataset, tools=[OLD], stale_tools=["gone"])
    fine = make.dataset_version(dataset=dataset, tools=[RENAMED])
    keep_tools(team=team, declarations=[RENAMED])
    assert stale(ours) == ["The row declares 'play' otherwise than its current version 2."]
    assert stale(without) == stale(theirs) == []
    assert stale_count(current(team)) == 1
    for version, names in ((frozen, ["gone", "play"]), (fine, [])):
        version.refresh_from_db()
        assert version.stale_tools == names
    keep_tools(team=team, declarations=[OLD])
    assert stale(ours) == []
    for version, names in ((frozen, ["gone"]), (fine, ["play"])):
        version.refresh_from_db()
        assert version.stale_tools == names


def test_a_name_beyond_ascii_and_several_tools_at_once_are_found_too(team: Any, dataset: Any) -> None:
    thai = make.schema("เล่น", song=TEXT)
    example = row(dataset, tools=[OLD, thai])
    Tool.objects.create(team=team, name="เล่น", schema=make.schema("เล่น", title=TEXT), version=2)
    assert mark_stale(team=team, names=["เล่น"]) == 1
    assert len(stale(example)) == 1
    keep_tools(team=team, declarations=[RENAMED, make.schema("stop", a=TEXT)])
    assert len(stale(example)) == 2
    assert mark_stale(team=team, names=[]) == 0


def test_marking_asks_as_often_for_many_rows_as_for_few(team: Any, dataset: Any) -> None:
    row(dataset, "first")
    with CaptureQueriesContext(connection) as few:
        keep_tools(team=team, declarations=[RENAMED])
    for number in range(60):
        row(dataset, f"number {number}")
    with CaptureQueriesContext(connection) as many:
        keep_tools(team=team, declarations=[make.schema("play", what=TEXT)])
    assert len(many) == len(few)


def test_an_edited_row_is_stale_until_it_holds_what_the_tool_says_now(team: Any, dataset: Any) -> None:
    example = row(dataset)
    keep_tools(team=team, declarations=[RENAMED])
    edit(example=example, columns={"messages": [{"role": "user", "content": "Play it"}, *example.messages[1:]]})
    assert len(stale(example)) == 1
    edit(example=example, columns={"tools": [RENAMED]})
    check_again(example)
    assert stale(example) == []


def test_rows_follow_a_rename_and_it_can_be_seen_and_taken_back(team: Any, dataset: Any) -> None:
    ann = make.user(name="ann")
    example = row(dataset, expected={"calls": [{"name": "play", "arguments": {"song": "Halo"}}]})
    keep_tools(team=team, declarations=[RENAMED])
    before = example.messages
    assert migrate(tool=current(team), user=ann) == {"migrated": 1, "in_review": 0, "people": 0, "duplicate": 0}
    example.refresh_from_db()
    assert example.messages[1]["tool_calls"] == [make.call("play", song_title="Halo", volume=7)]
    assert example.expected == {"calls": [{"name": "play", "arguments": {"song_title": "Halo"}}]}
    assert (example.tools, example.state, stale(example)) == ([RENAMED], State.APPROVED, [])
    assert example.content_hash == content_hash("train", example.messages, "")
    change = example.changes.get()
    assert (change.action, change.reason, change.user) == (Change.Action.EDIT, "play v1 → v2", ann)
    assert migrate(tool=current(team))["migrated"] == 0
    undo(example=example, user=ann)
    example.refresh_from_db()
    assert (example.messages, example.tools, len(stale(example))) == (before, [OLD], 1)


def test_rows_of_any_older_version_follow_and_those_of_another_team_stay(team: Any, dataset: Any) -> None:
    first, theirs = row(dataset), row(make.dataset())
    keep_tools(team=team, declarations=[RENAMED])
    unknown = row(dataset, "Clocks", tools=[make.schema("play", song=TEXT, volume=WHOLE, speed=WHOLE)])
    keep_tools(team=team, declarations=[make.schema("play", song_title=TEXT)])
    assert migrate(tool=current(team))["migrated"] == 2
    assert [first.changes.get().reason, unknown.changes.get().reason] == ["play v1 → v3", "play → v3"]
    first.refresh_from_db()
    assert first.messages[1]["tool_calls"] == [make.call("play", song_title="Halo")]
    theirs.refresh_from_db()
    assert theirs.tools == [OLD]


def test_rows_that_need_a_person_stay_and_are_told(team: Any, dataset: Any) -> None:
    loud, quiet = row(dataset), row(dataset, "Clocks", state=State.DRAFT)
    limited = make.schema("play", song=TEXT, volume={**WHOLE, "maximum": 7})
    quiet.messages[1]["tool_calls"][0]["function"]["arguments"]["volume"] = 9
    quiet.save()
    keep_tools(team=team, declarations=[limited])
    seen = preview(tool=current(team))
    assert (seen.mechanical, seen.people, [example.pk for example, _ in seen.samples]) == (1, 1, [loud.pk])
    ((reason, times),) = seen.reasons.items()
    assert times == 1
    assert "9 is greater than the maximum of 7" in reason
    assert Change.objects.count() == 0
    assert migrate(tool=current(team)) == {"migrated": 1, "in_review": 0, "people": 1, "duplicate": 0}
    assert (len(stale(loud)), len(stale(quiet))) == (0, 1)


def test_an_approved_row_with_a_new_error_is_in_review_again(team: Any, dataset: Any) -> None:
    fresh, faulty = row(dataset), row(dataset, "Clocks")
    faulty.messages[1]["tool_calls"][0]["function"]["arguments"]["wrong"] = True
    faulty.save()
    bad = make.schema("play", song=TEXT, volume=WHOLE, odd=True)  # which FunctionGemma cannot be shown
    Tool.objects.create(team=team, name="play", version=2, schema=bad)
    assert migrate(tool=current(team))["in_review"] == 2
    fresh.refresh_from_db()
    assert fresh.state == State.IN_REVIEW
    assert "state" in fresh.changes.get().before
    Tool.objects.create(team=team, name="play", version=3, schema=OLD)
    Example.objects.update(state=State.APPROVED)
    assert migrate(tool=current(team))["in_review"] == 0, "an error it had before is none of the migration's"


def test_a_row_that_would_be_there_twice_is_left_and_counted(team: Any, dataset: Any) -> None:
    first = row(dataset)
    second = row(dataset, split="held_out", content_hash="x")
    alike = [first.messages[0], {**first.messages[1], "tool_calls": [make.call("play", song="Halo")]}]
    there = row(dataset, messages=alike, tools=[], content_hash=content_hash("train", alike, ""))
    keep_tools(team=team, declarations=[make.schema("play", song=TEXT)])
    assert migrate(tool=current(team)) == {"migrated": 1, "in_review": 0, "people": 0, "duplicate": 1}
    for example in (first, second, there):
        example.refresh_from_db()
    assert (first.tools, second.tools, len(stale(first))) == ([OLD], [make.schema("play", song=TEXT)], 1)


def test_two_rows_that_become_the_same_are_told_apart_in_one_chunk(team: Any, dataset: Any) -> None:
    one, other = row(dataset), row(dataset, "Halo", content_hash="x")
    other.messages[1]["tool_calls"][0]["function"]["arguments"]["volume"] = 9
    other.save()
    keep_tools(team=team, declarations=[make.schema("play", song=TEXT)])
    assert migrate(tool=current(team))["duplicate"] == 1
    assert [len(stale(one)), len(stale(other))] == [0, 1]


def test_a_row_written_meanwhile_stops_only_the_one_it_is_like(
    team: Any, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row(dataset), row(dataset, "Clocks")
    keep_tools(team=team, declarations=[RENAMED])
    moved = json.loads(json.dumps(Example.objects.get(source__isnull=False, messages__0__content="Play Halo").messages))
    moved[1]["tool_calls"][0] = make.call("play", song_title="Halo", volume=7)
    row(dataset, messages=moved, tools=[RENAMED], content_hash=content_hash("train", moved, ""))
    monkeypatch.setattr(tool_migration, "without_duplicates", lambda ready: ready)  # as if it came after the look
    assert migrate(tool=current(team)) == {"migrated": 1, "in_review": 0, "people": 0, "duplicate": 1}


def test_what_a_person_says_about_names_counts(team: Any, dataset: Any) -> None:
    example = row(dataset)
    keep_tools(team=team, declarations=[make.schema("play", what=TEXT, volume=WHOLE)])
    assert preview(tool=current(team)).arguments == {"song": ""}
    assert preview(tool=current(team), renames={"song": "what"}).arguments == {"song": "what"}
    migrate(tool=current(team), renames={"song": "what"})
    example.refresh_from_db()
    assert example.messages[1]["tool_calls"] == [make.call("play", what="Halo", volume=7)]


@pytest.mark.parametrize(
    ("renames", "words"), [({"song": "x"}, "no such argument"), ({"a": "volume", "b": "volume"}, "Two arguments")]
)
def test_renames_that_cannot_be_are_refused(team: Any, renames: dict[str, str], words: str) -> None:
    for do in (preview, migrate):
        with pytest.raises(ToolRefused, match=words):
            do(tool=current(team), renames=renames)


def test_only_the_current_version_is_migrated_to(team: Any) -> None:
    first = current(team)
    keep_tools(team=team, declarations=[RENAMED])
    with pytest.raises(ToolRefused, match="no longer the current version"):
        migrate(tool=first)


def command(*words: str) -> Any:
    written = StringIO()
    call_command(*words, stdout=written)
    return written.getvalue()


def test_the_commands_import_and_migrate(team: Any, dataset: Any, tmp_path: Any) -> None:
    row(dataset)
    file = tmp_path / "tools.py"
    file.write_text('def play(song_title: str, volume: int = 5):\n    """Does play."""\n', "utf-8")
    told = json.loads(command("import_tools", str(file), "--dry-run", "--json"))
    assert [(tool["tool"], tool["outcome"], tool["version"]) for tool in told["tools"]] == [("play", "changed", 2)]
    assert Tool.objects.of(team).count() == 1
    said = command("import_tools", str(file))
    assert said.startswith("play v2: changed\n")
    assert "now called 'song_title'" in said

    told = json.loads(command("migrate_rows", "play", "--dry-run", "--json"))
    assert (told["mechanical"], told["people"], Change.objects.count()) == (1, 0, 0)
    assert "1 rows can be migrated, 0 need a person." in command("migrate_rows", "play", "--dry-run")
    assert "1 rows migrated (0 of them back in review)" in command(
        "migrate_rows", "play", "--rename", "song=song_title"
    )
    assert json.loads(command("migrate_rows", "play", "--json"))["migrated"] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["migrate_rows", "plai"], "There is no tool 'plai' in .*: play"),
        (["migrate_rows", "play", "--rename", "song"], "--rename takes OLD=NEW"),
        (["migrate_rows", "play", "--rename", "song=x"], "no such argument"),
        (["import_tools", "/nowhere/tools.json"], "cannot be read: No such file"),
    ],
)
def test_a_command_says_in_a_sentence_what_is_wrong(team: Any, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        command(*words)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"caf\xe9", "byte 4 cannot be read"),
        (b'[\n{"name": "play",,}]', "Line 2: this is no JSON"),
        (b"x" * 900_000, "Import it in parts"),
    ],
)
def test_a_bad_file_of_tools_is_a_sentence(team: Any, tmp_path: Any, content: bytes, sentence: str) -> None:
    file = tmp_path / "tools.json"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        command("import_tools", str(file))
    assert Finding.objects.count() == 0
