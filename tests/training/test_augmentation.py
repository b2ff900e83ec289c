"""Augmenting a dataset: rows that are marked, linked, checked, on their source's side, and taken back when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from background.models import JobState
from brands.models import Brand, Team
from brands.retrieval import context_for
from tests import factories, tiny
from tests.endpoints import Told, endpoint, said
from training.augmenting.marks import request
from training.errors import AugmentationRefused
from training.models import Augmentation, Dataset, Example
from training.services.augmentation import augment_now, keep, new_augmentation, skips_path
from training.services.datasets import freeze, read_rows
from training.services.packs import load_pack

pytestmark = pytest.mark.django_db


@pytest.fixture
def music(var: Any, music: Dataset) -> Dataset:
    return music


@pytest.fixture
def texts(var: Any, team: Team) -> Dataset:
    return load_pack(team=team, name="brands")


def augmented(dataset: Dataset, method: str, count: int = 10, **more: Any) -> Augmentation:
    return augment_now(new_augmentation(dataset=dataset, method=method, count=count, **{"dry_run": False, **more}))


def made(row: Augmentation) -> list[Example]:
    return list(row.examples.select_related("brand", "made_from__brand").order_by("pk"))


def outcomes(row: Augmentation) -> dict[str, int]:
    found: dict[str, int] = row.counts["outcomes"]
    return found


def skips(row: Augmentation) -> list[dict[str, Any]]:
    return [json.loads(line) for line in skips_path(row).read_text("utf-8").splitlines()]


def test_brands_are_invented_and_their_rows_are_marked_and_linked(texts: Dataset) -> None:
    before = set(Brand.objects.of(texts.team).values_list("name", flat=True))
    row = augmented(texts, "brands", 20, seed=4)
    assert (row.state, outcomes(row)["made"], len(made(row))) == (JobState.COMPLETED, 20, 20)
    for example in made(row):
        source = example.made_from
        assert source is not None
        assert source.brand is not None
        assert example.brand is not None
        assert not source.brand.synthetic
        assert example.brand.synthetic
        assert example.brand.name not in before
        assert (example.state, example.synthetic, example.context) == ("draft", True, "")
        kept = ("group", "split", "task", "language", "dataset_id")
        assert [getattr(example, name) for name in kept] == [getattr(source, name) for name in kept]
        said = "\n".join(message["content"] for message in example.messages)
        assert example.brand.name in said
        assert source.brand.name not in said
        assert example.brand.name in context_for(example.brand, example.language)
    assert set(row.counts["brands"]) == {e.brand.name for e in made(row) if e.brand}
    assert outcomes(row)["attempts"] == 20 + len(skips(row)), "every attempt is accounted for"


def test_an_invented_brand_stays_with_one_real_brand(texts: Dataset) -> None:
    row = augmented(texts, "brands", 30)
    groups: dict[Any, set[str]] = {}
    for example in made(row):
        groups.setdefault(example.brand_id, set()).add(example.group)
    assert len(groups) > 3
    assert all(len(found) == 1 for found in groups.values())


def test_chosen_industries_are_kept_to(texts: Dataset) -> None:
    row = augmented(texts, "brands", 5, options={"industries": ["florist"]})
    assert set(row.counts["brands"].values()) == {"flower studio"}


def test_the_same_seed_makes_the_same_rows(music: Dataset) -> None:
    first = augmented(music, "values", dry_run=True, seed=3)
    again = augmented(music, "values", dry_run=True, seed=3)
    other = augmented(music, "values", dry_run=True, seed=4)
    assert first.counts == again.counts != other.counts


def test_a_dry_run_shows_but_keeps_nothing_and_keeping_makes_what_it_showed(texts: Dataset) -> None:
    examples, brands = texts.examples.count(), Brand.objects.count()
    tried = augmented(texts, "brands", 8, dry_run=True, options={"industries": ["hotel"]})
    assert (outcomes(tried)["made"], len(tried.counts["samples"])) == (8, 6)
    assert (texts.examples.count(), Brand.objects.count()) == (examples, brands)
    kept = augment_now(keep(dry_run=tried))
    assert kept.counts["samples"] == tried.counts["samples"]
    assert all(sample["messages"] in [e.messages for e in made(kept)] for sample in tried.counts["samples"])
    assert len({sample["brand"] for sample in tried.counts["samples"]}) == 2, "each brand is shown"
    assert kept.counts["brands"] == tried.counts["brands"]


def test_values_change_and_held_out_ones_never_come_in(music: Dataset) -> None:
    row = augmented(music, "values", 30)
    held_out = music.examples.filter(split="held_out")
    songs = {e.messages[1]["tool_calls"][0]["function"]["arguments"].get("song") for e in held_out}
    for example in made(row):
        assert example.made_from is not None
        assert request({"messages": example.messages}) != request({"messages": example.made_from.messages})
        for value in example.messages[1]["tool_calls"][0]["function"]["arguments"].values():
            if isinstance(value, str):
                assert value not in songs
                assert example.messages[0]["content"].count(value) == 1


def test_given_values_and_those_of_a_pack_are_taken(music: Dataset) -> None:
    row = augmented(music, "values", 5, options={"values": {"song": {"en": ["Only This One"]}, "room": {"en": ["x"]}}})
    assert {"Only This One"} == {
        value for e in made(row) for k, value in e.messages[1]["tool_calls"][0]["function"]["arguments"].items()
        if k == "song"
    }  # fmt: skip
    assert augmented(music, "values", 5, options={"pack": "music"}, dry_run=True).state == JobState.COMPLETED


def test_wordings_change_around_the_values(music: Dataset) -> None:
    row = augmented(music, "wordings", 12)
    assert len(made(row)) == 12
    for example in made(row):
        assert example.made_from is not None
        assert example.messages[1:] == example.made_from.messages[1:]
        assert example.messages[0] != example.made_from.messages[0]


@pytest.mark.parametrize("method", ["brands", "values", "wordings"])
def test_a_version_never_has_source_and_sibling_on_different_sides(method: str, var: Any, team: Team) -> None:
    dataset = load_pack(team=team, name="brands") if method == "brands" else factories.dataset(team=team, slug="calls")
    for number in range(0 if method == "brands" else 8):
        factories.example(dataset=dataset, **tiny.play_row(number), group="" if number % 2 else f"group-{number}")
    row = augmented(dataset, method, 12)
    assert made(row), outcomes(row)
    Example.objects.filter(augmented_by=row).update(state=Example.State.APPROVED)
    frozen = {each["example"]: each for each in read_rows(freeze(dataset=dataset))}
    for example in made(row):
        mine, source = frozen[example.pk], frozen[example.made_from_id or 0]
        assert mine["group"]
        assert (mine["group"], mine["split"]) == (source["group"], source["split"])


def test_only_approved_training_rows_are_repeated(music: Dataset) -> None:
    music.examples.filter(split="train").update(state=Example.State.DRAFT)
    row = augmented(music, "wordings")
    assert (row.state, row.traceback) == (JobState.FAILED, "")
    assert row.reason == (
        "The dataset has no approved training rows with tool calls to start from: approve some, then augment again."
    )


def test_nothing_is_made_twice(music: Dataset) -> None:
    first = augmented(music, "wordings", 5)
    again = augmented(music, "wordings", 5)
    texts = [request({"messages": e.messages}) for e in (*made(first), *made(again))]
    assert len(set(texts)) == len(texts)
    assert outcomes(again)["duplicate"] + outcomes(again).get("near_duplicate", 0) >= 5


def test_what_the_checks_call_an_error_stays_outside(music: Dataset) -> None:
    broken = tiny.asked("Play Halo", "play", tiny.PLAY, song="Halo", unknown=1)
    music.examples.filter(split="train").delete()
    factories.example(dataset=music, **broken)
    row = augmented(music, "wordings", 3)
    assert made(row) == []
    assert outcomes(row)["unsound"] > 0
    assert "no argument 'unknown'" in skips(row)[0]["reason"]


def test_a_worker_that_died_in_the_middle_leaves_nothing_behind_when_it_goes_on(texts: Dataset) -> None:
    row = new_augmentation(dataset=texts, method="brands", count=6, dry_run=False)
    half = factories.brand(team=texts.team, synthetic=True, name="HalfMade", slug="halfmade")
    mine = factories.brand(team=texts.team, synthetic=True, name="Kept", slug="kept")
    factories.example(dataset=texts, brand=half, augmented_by=row)
    factories.example(dataset=texts, brand=mine, augmented_by=row)
    factories.example(dataset=texts, brand=mine)
    augment_now(row)
    assert len(made(row)) == 6
    assert not Brand.objects.filter(pk=half.pk).exists()
    assert Brand.objects.filter(pk=mine.pk).exists(), "somebody else uses it"


def test_names_never_collide_with_the_teams_brands(texts: Dataset) -> None:
    first = augmented(texts, "brands", 10, options={"industries": ["coffee"]})
    second = augmented(texts, "brands", 10, options={"industries": ["coffee"]})
    assert not set(first.counts["brands"]) & set(second.counts["brands"])


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"method": "magic"}, "There is no method 'magic'"),
        ({"count": 0}, "between 1 and 5,000"),
        ({"seed": -1}, "A seed is a number from 0"),
        ({"options": {"industries": ["alchemy"]}}, "There is no industry 'alchemy'"),
        ({"options": {"pack": "../brands"}}, "has no values"),
        ({"options": {"values": ["x"]}}, "The values are an object"),
        ({"method": "model"}, "No generation endpoint is configured"),
    ],
)
def test_choices_that_cannot_be_followed_are_refused(music: Dataset, choice: dict[str, Any], words: str) -> None:
    with pytest.raises(AugmentationRefused, match=words):
        new_augmentation(**{"dataset": music, "method": "values", "count": 5, **choice})
    assert not Augmentation.objects.exists()


@pytest.fixture
def server(settings: Any) -> Iterator[tuple[Told, list[tuple[int, bytes]]]]:
    """An endpoint that is configured, and the answers it gives in turn; the last one for ever."""
    answers: list[tuple[int, bytes]] = []
    with endpoint(lambda _: answers.pop(0) if len(answers) > 1 else answers[0]) as told:
        settings.AUGMENT_URL, settings.AUGMENT_MODEL, settings.AUGMENT_KEY = told.url, "tiny", "sk-secret"
        yield told, answers


def suggestion(*songs: str) -> tuple[int, bytes]:
    rows = [tiny.asked(f"Let me hear {song} now", "play", tiny.PLAY, song=song) for song in songs]
    return said({"rows": [{"messages": row["messages"]} for row in rows]})


def only_songs(dataset: Dataset) -> None:
    dataset.examples.exclude(messages__icontains="Play").delete()


def test_a_models_good_rows_become_drafts_and_its_bad_ones_are_told(music: Dataset, server: Any) -> None:
    told, answers = server
    only_songs(music)
    answers += [suggestion("Ember Road", "Quiet Harbour"), said("I am a poet."), suggestion("Copper Sky")]
    row = augmented(music, "model", 3)
    assert [e.messages[0]["content"] for e in made(row)] == [
        "Let me hear Ember Road now", "Let me hear Quiet Harbour now", "Let me hear Copper Sky now",
    ]  # fmt: skip
    assert outcomes(row)["unreadable"] == 1
    assert all(e.synthetic and e.made_from_id and e.tools == [tiny.PLAY] for e in made(row))
    assert "sk-secret" not in json.dumps([row.counts, row.options])


def test_what_a_dry_run_showed_is_kept_without_asking_again(music: Dataset, server: Any) -> None:
    told, answers = server
    only_songs(music)
    answers += [suggestion("Ember Road"), suggestion("Copper Sky"), suggestion("Never Asked")]
    tried = augmented(music, "model", 2, dry_run=True)
    assert len(told.bodies) == 2
    kept = augment_now(keep(dry_run=tried))
    assert [e.messages[0]["content"] for e in made(kept)] == [
        "Let me hear Ember Road now",
        "Let me hear Copper Sky now",
    ]
    assert len(told.bodies) == 2


def test_an_endpoint_that_fails_at_once_fails_the_job_with_its_sentence(music: Dataset, server: Any) -> None:
    server[1].append((503, b""))
    row = augmented(music, "model", 2)
    assert (row.state, row.traceback) == (JobState.FAILED, "")
    assert row.reason == "The endpoint 127.0.0.1 failed (503): try again later."


def test_an_endpoint_that_fails_later_ends_it_with_what_there_is(music: Dataset, server: Any) -> None:
    only_songs(music)
    server[1].extend([suggestion("Ember Road"), (429, b"")])
    row = augmented(music, "model", 5)
    assert (row.state, len(made(row)), outcomes(row)["endpoint_failed"]) == (JobState.COMPLETED, 1, 1)
    assert "(429)" in skips(row)[-1]["reason"]
