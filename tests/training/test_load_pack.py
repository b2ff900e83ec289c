"""Loading a starter pack into a team: everything in it arrives, approved, and only once."""

from __future__ import annotations

import json

import pytest

from brands.models import Brand
from tests import factories, tiny
from training.errors import UnknownPack, UnreadablePack
from training.models import Dataset, Example, Tool
from training.packs import read_pack
from training.services.packs import available_packs, load_pack
from training.services.tools import save_tool


def test_the_music_pack_arrives_whole(team, settings):
    dataset = load_pack(team=team, name="music")
    pack = read_pack(settings.PACKS_DIR / "music")
    assert dataset.examples.count() == len(pack.rows) > 700
    assert [tool.name for tool in Tool.objects.of(team).order_by("pk")] == [
        tool["function"]["name"] for tool in pack.tools
    ]
    assert len(pack.tools) == 18
    assert not dataset.examples.exclude(state=Example.State.APPROVED).exists()
    assert set(dataset.examples.values_list("kind", flat=True)) == {"", "seen_wording", "unseen_wording"}
    assert {tool.version for tool in Tool.objects.of(team)} == {1}


def test_the_brands_pack_brings_its_brands(team):
    dataset = load_pack(team=team, name="brands")
    techzone = Brand.objects.of(team).get(name="TechZone")
    assert not techzone.examples.filter(split="train").exists()
    assert Brand.objects.of(team).filter(synthetic=False, examples__isnull=False).distinct().count() == 3
    written = dataset.examples.filter(split="train")
    assert {row.brand.team for row in written.select_related("brand__team")} == {team}
    assert not dataset.examples.filter(split="held_out", brand__in=written.values("brand")).exists()


@pytest.mark.parametrize("name", ["music", "brands"])
def test_loading_again_adds_nothing(team, name):
    before = load_pack(team=team, name=name)
    known = set(before.examples.values_list("pk", flat=True))
    again = load_pack(team=team, name=name)
    assert again.pk == before.pk
    assert set(again.examples.values_list("pk", flat=True)) == known
    assert Tool.objects.of(team).count() == len({tool.name for tool in Tool.objects.of(team)})


def test_a_brand_a_person_edited_is_brought_back_up_to_date(team):
    load_pack(team=team, name="brands")
    Brand.objects.of(team).filter(name="TechZone").update(description="")
    load_pack(team=team, name="brands")
    assert Brand.objects.of(team).get(name="TechZone").description


def test_each_team_has_its_own_copy(team):
    ours = load_pack(team=team, name="brands")
    theirs = load_pack(team=factories.team(), name="brands")
    assert ours.examples.count() == theirs.examples.count()
    assert not set(Brand.objects.of(ours.team)) & set(Brand.objects.of(theirs.team))


def test_an_unknown_pack_is_named_beside_those_there_are(team):
    with pytest.raises(UnknownPack, match="no pack '../brands'. Packs here: brands, conversation, director"):
        load_pack(team=team, name="../brands")


def test_a_broken_pack_leaves_nothing(team, settings, tmp_path):
    settings.PACKS_DIR = tmp_path
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "pack.json").write_text(json.dumps({"name": "torn", "title": "Torn"})[:-5])
    assert available_packs() == ["torn"]
    with pytest.raises(UnreadablePack):
        load_pack(team=team, name="torn")
    assert not Dataset.objects.exists()


def test_a_changed_schema_is_a_new_version_of_the_tool(team):
    first = save_tool(team=team, schema=tiny.PLAY)
    assert save_tool(team=team, schema=tiny.PLAY) == first
    changed = factories.schema("play", song={"type": "string"})
    assert (save_tool(team=team, schema=changed).version, save_tool(team=team, schema=changed).version) == (2, 2)
