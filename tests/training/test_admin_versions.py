"""Frozen versions on the admin's pages: statistics, what changed between two, and drawing a split."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from tests import tiny
from training.admin.diff_page import PAGE
from training.models import DatasetVersion
from training.services.datasets import freeze
from training.services.review import edit
from training.services.tools import save_tool

pytestmark = pytest.mark.django_db
DIFF = "admin:training_datasetversion_diff"


@pytest.fixture
def curator(client, team):
    person = make.member(of=team, role=Role.CURATOR)
    client.force_login(person)
    return person


@pytest.fixture
def newer(version, music):
    row = music.examples.order_by("pk").first()
    messages = [{**row.messages[0], "content": "Play <b>Halo</b> once more"}, row.messages[1]]
    edit(example=row, columns={"messages": messages})
    music.examples.filter(state="in_review").update(state="approved")
    make.example(dataset=music, **tiny.play_row(99))
    return freeze(dataset=music)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_a_version_shows_its_gaps_lengths_and_arguments(client, curator, team, music, var):
    save_tool(team=team, schema=make.schema("jump", high={"type": "boolean"}))
    row = tiny.asked("Jump", "jump", make.schema("jump", high={"type": "boolean"}), high=True)
    make.example(dataset=music, language="th", **row)
    version = freeze(dataset=music)
    seen = text(client.get(address(version)))
    assert "jump.high: never false." in seen
    assert "Write some or augment." in seen
    assert "jump v1" in seen
    assert "play v1" in seen
    assert "Characters of a request" in seen
    assert "Half of them have" in seen
    assert 'role="img"' in seen
    assert "<code>false</code>" in seen
    assert "What changed since" not in seen


def test_a_version_with_a_seed_and_one_before_it_says_so(client, curator, version, newer):
    DatasetVersion.objects.filter(pk=newer.pk).update(seed=7, stale_tools=["play"])
    seen = text(client.get(address(newer)))
    assert "Seed of its split" in seen
    assert "What changed since v1" in seen
    assert "stale: play" in seen


@pytest.mark.parametrize(
    "value",
    [
        {"gaps": 7, "lengths": [1], "arguments": {"a": 7}},
        {"gaps": [None, {"message": 3}], "lengths": {"request": {"bins": [1, [2]], "width": "x"}}},
        {"lengths": {"request": {"rows": 1, "quartiles": [1, 2], "bins": [[0, 1]], "width": 3}}},
        {"lengths": {"request": 9, "answer": {"bins": {"a": 1}}}},
        {"arguments": {"<script>alert(1)</script>": {"train": "x", "arguments": {"b": {"unused": 7, "train": None}}}}},
    ],
)
def test_statistics_of_any_shape_make_a_page(client, curator, version, value):
    DatasetVersion.objects.filter(pk=version.pk).update(statistics=value, tool_versions=[1])
    answer = client.get(address(version))
    assert answer.status_code == 200
    assert "<script>alert(1)" not in text(answer)


def test_many_tools_are_folded_and_many_bars_cut(client, curator, version):
    tools = {f"tool_{number}": {"train": 1, "held_out": 0, "languages": {}, "arguments": {}} for number in range(60)}
    counts = dict.fromkeys(tools, 1)
    DatasetVersion.objects.filter(pk=version.pk).update(statistics={"tool": counts, "arguments": tools})
    seen = text(client.get(address(version)))
    assert seen.count('class="fold tool-coverage"') == 60
    assert "open>" not in seen.split("Arguments</h2>")[1]
    assert "50 more" in seen


def test_the_page_of_differences_shows_each_row_once(client, curator, version, newer):
    seen = text(client.get(reverse(DIFF, args=[newer.pk])))
    assert "2 rows differ. 31 rows are the same in both." in seen
    assert "<del>" in seen
    assert "<ins>" in seen
    assert "<b>Halo</b>" not in seen
    assert "Play Pim at volume 99" in seen or "volume 99" in seen
    assert text(client.get(reverse(DIFF, args=[version.pk, newer.pk]))).count("<ins>") == seen.count("<ins>")
    only = text(client.get(reverse(DIFF, args=[newer.pk, version.pk]), {"show": "added"}))
    assert "<ins>" not in only
    assert "volume 99" in only


def test_another_version_can_be_chosen(client, curator, version, newer, music):
    make.example(dataset=music, **tiny.play_row(98))
    third = freeze(dataset=music)
    seen = text(client.get(reverse(DIFF, args=[third.pk])))
    assert "1 row differs." in seen
    assert f'<option value="{version.pk}"' in seen
    answer = client.get(reverse(DIFF, args=[third.pk]), {"other": version.pk})
    assert answer["Location"] == reverse(DIFF, args=[third.pk, version.pk])
    assert "3 rows differ." in text(client.get(answer["Location"]))


def test_the_first_version_and_lost_files_are_one_sentence(client, curator, version, newer):
    answer = client.get(reverse(DIFF, args=[version.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == address(version)
    assert "is the first version of its dataset" in text(answer)
    version.path.unlink()
    assert "missing on disk: freeze the dataset again" in text(client.get(reverse(DIFF, args=[newer.pk]), follow=True))


def test_versions_of_others_are_not_found(client, curator, version, newer):
    theirs = make.dataset_version()
    assert client.get(reverse(DIFF, args=[theirs.pk])).status_code == 404
    assert client.get(reverse(DIFF, args=[newer.pk, theirs.pk])).status_code == 404
    client.force_login(make.member())
    assert client.get(reverse(DIFF, args=[newer.pk])).status_code == 404


def test_as_many_queries_for_many_rows_as_for_few_and_pages(client, curator, version, newer, music):
    def queries(after) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(DIFF, args=[after.pk, version.pk])).status_code == 200
        return len(seen)

    queries(newer)
    few = queries(newer)
    for number in range(200, 200 + PAGE + 10):
        make.example(dataset=music, **tiny.play_row(number))
    third = freeze(dataset=music)
    assert queries(third) == few
    last = text(client.get(reverse(DIFF, args=[third.pk, version.pk]), {"page": 2}))
    assert "Page 2 of 2" in last
    assert "Previous" in last
    assert 'rel="next"' not in last


def test_a_split_is_looked_at_and_then_drawn(client, curator, music):
    page = reverse("admin:training_dataset_split", args=[music.pk])
    asked = {"share": 25, "seed": 7, "by": "group"}
    assert "Look first" in text(client.get(page))
    seen = text(client.get(page, asked))
    assert "25 % of 32 rows would be held out." in seen
    assert "Draw this split" in seen
    assert not music.examples.filter(changes__isnull=False).exists()
    told = text(client.post(page, asked, follow=True))
    assert "rows changed sides: 25 % is held out." in told
    assert music.examples.filter(changes__reason="split seed 7").exists()
    assert "The rows are split so already." in text(client.get(page, asked))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"share": 95}, "less than or equal to 90"),
        ({"share": ""}, "This field is required"),
        ({"seed": 2**40}, "less than or equal to"),
        ({"by": "moon"}, "moon"),
    ],
)
def test_what_cannot_be_drawn_is_said_at_the_form(client, curator, music, asked, sentence):
    page = reverse("admin:training_dataset_split", args=[music.pk])
    assert sentence in text(client.get(page, {"share": 20, "seed": 1, "by": "group", **asked}))


def test_nothing_to_split_is_said_on_the_page(client, curator, team):
    page = reverse("admin:training_dataset_split", args=[make.dataset(team=team, slug="empty").pk])
    assert "nothing to split" in text(client.get(page, {"share": 20, "seed": 1, "by": "group"}))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CREATOR, Role.REVIEWER])
def test_only_curators_draw_splits(client, team, music, role):
    client.force_login(make.member(of=team, role=role))
    page = reverse("admin:training_dataset_split", args=[music.pk])
    assert client.get(page).status_code == 404
    assert client.post(page, {"share": 20, "seed": 1, "by": "group"}).status_code == 404
    assert "Draw a split" not in text(client.get(address(music)))


def test_curators_find_the_way_to_it(client, curator, music):
    assert reverse("admin:training_dataset_split", args=[music.pk]) in text(client.get(address(music)))
