"""Bad packs: each is refused with a sentence that names the file, what is wrong, and the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.pure.conftest import FILES, TOOLS, WritePack, tool
from training.errors import UnreadablePack
from training.packs import read_pack

ABOUT = FILES["pack.json"]
BRAND = {"name": "Acme", "slug": "acme", "products": ["Anvil"], "hashtags": ["#Acme"]}
OTHER = {"name": "Bolt", "slug": "bolt"}
EXAMPLE = {"instruction": "Say Acme", "output": "Acme", "brand": "acme", "task": "caption", "language": "en"}
BRIEF = {"instruction": "Say Bolt", "brand": "bolt", "task": "caption", "language": "en"}
TEXT_FILES: dict[str, Any] = {
    "pack.json": {
        "name": "texts",
        "title": "Texts",
        "brands": "brands.json",
        "examples": "examples.json",
        "held_out_brands": "aside.json",
        "held_out_briefs": "briefs.json",
    },
    "brands.json": [BRAND],
    "examples.json": [EXAMPLE],
    "aside.json": [OTHER],
    "briefs.json": [BRIEF],
}

CALLS_REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"pack.json": None}, ["pack.json", "cannot be read"]),
    ({"pack.json": "{"}, ["pack.json", "no JSON"]),
    ({"pack.json": "[" * 100_000}, ["pack.json", "no JSON"]),
    ({"pack.json": {"title": "T"}}, ["pack.json", "'name' is a required property"]),
    ({"pack.json": {"name": "Bad Name", "title": "T"}}, ["pack.json", "name"]),
    ({"pack.json": {"name": "t", "title": "T"}}, ["neither tools nor brands"]),
    ({"pack.json": ABOUT | {"tool": "x"}}, ["'tool' was unexpected"]),
    ({"pack.json": {"name": "t", "title": "T", "brands": "b.json", "calls": {"train": "t"}}}, ["'tools'"]),
    ({"pack.json": ABOUT | {"tools": "../tools.json"}}, ["../tools.json", "outside the pack"]),
    ({"pack.json": ABOUT | {"tools": "/etc/hosts"}}, ["/etc/hosts", "outside the pack"]),
    ({"pack.json": ABOUT | {"tools": "nowhere.json"}}, ["nowhere.json", "cannot be read"]),
    ({"pack.json": ABOUT | {"curriculum": [["play"]]}}, ["curriculum", "'volume'"]),
    ({"pack.json": ABOUT | {"curriculum": [["play", "volume", "shuffle", "dance"]]}}, ["'dance'"]),
    ({"pack.json": ABOUT | {"curriculum": [["play", "volume"], ["play", "shuffle"]]}}, ["'play'"]),
    ({"tools.json": []}, ["tools.json"]),
    ({"tools.json": [*TOOLS, TOOLS[0]]}, ["tools.json", "'play' is declared twice"]),
    ({"tools.json": [{"name": "play"}]}, ["tools.json", '"type": "function"']),
    ({"tools.json": [tool("9 lives")]}, ["tools.json", "'9 lives'"]),
    ({"tools.json": [tool("play", note={"description": "a <escape> b"})]}, ["tools.json", "<escape>"]),
    ({"train.txt": "## dance\nDance"}, ["train.txt: Line 1", "'dance'"]),
    ({"train.txt": "## play\nPlay [a](song)\nplay [b](song)"}, ["train.txt:3", "train.txt:2", "wording"]),
    ({"held_out.txt": "## play\nPlay [Valerie](song)"}, ["held_out.txt:2", "train.txt:2", "wording"]),
    ({"held_out.txt": "## play\nPut on [YELLOW](song)"}, ["held_out.txt:2", "'YELLOW'", "train"]),
    ({"held_out.txt": "## play\nPut on [adele](song)"}, ["held_out.txt:2", "'adele'", "train.txt:3"]),
    ({"train.txt": "## play\nPlay [Toxic](song)"}, ["values.json", "'Toxic'", "train.txt:2"]),
    (
        {"train.txt": "## play\nPlay [a](song)\n[Play](song) [a](artist)"},
        ["train.txt:3", "'Play a'", "train.txt:2"],
    ),
    ({"values.json": {"title": {"train": ["a"]}}}, ["values.json", "'title'"]),
    ({"values.json": {"song": {"train": [["a"]]}}}, ["values.json"]),
    ({"values.json": {"song": {"trian": ["a"]}}}, ["values.json", "'trian'"]),
    ({"values.json": {"song": {"train": {"fr": ["a"]}}}}, ["values.json"]),
    (
        {"train.txt": "## volume\nLevel [10](level)", "values.json": {"level": {"train": [500]}}},
        ["'Level {level}'", "500", "value list"],
    ),
]
TEXTS_REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"brands.json": [{"name": "Acme"}]}, ["brands.json", "'slug'"]),
    ({"brands.json": [BRAND | {"tone": "loud"}]}, ["brands.json", "0.tone"]),
    ({"brands.json": [BRAND | {"motto": "x"}]}, ["brands.json", "'motto'"]),
    ({"brands.json": [BRAND | {"description": "\u003cescape\u003e"}]}, ["brands.json", "<escape>"]),
    ({"aside.json": [BRAND]}, ["'acme'", "twice"]),
    ({"examples.json": [EXAMPLE | {"brand": "ghost"}]}, ["examples.json:1", "'ghost'"]),
    ({"examples.json": [EXAMPLE | {"language": "fr"}]}, ["examples.json", "'fr'"]),
    ({"examples.json": [EXAMPLE, EXAMPLE]}, ["examples.json:2", "examples.json:1"]),
    ({"briefs.json": [BRIEF | {"brand": "acme"}]}, ["briefs.json:1", "'acme'", "training examples"]),
    ({"briefs.json": [BRIEF | {"task": "poem"}]}, ["briefs.json:1", "'poem'", "caption"]),
    ({"briefs.json": [BRIEF | {"instruction": "say acme"}]}, ["briefs.json:1", "examples.json:1"]),
]


def refused(folder: Path, names: list[str]) -> None:
    with pytest.raises(UnreadablePack) as caught:
        read_pack(folder, copies=2)
    assert [name for name in names if name not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


def test_the_packs_to_break_are_sound(write_pack: WritePack) -> None:
    assert read_pack(write_pack()).rows
    assert read_pack(write_pack(TEXT_FILES)).rows


@pytest.mark.parametrize(("changed", "names"), CALLS_REFUSED)
def test_a_bad_pack_of_calls(write_pack: WritePack, changed: dict[str, Any], names: list[str]) -> None:
    refused(write_pack(changed), names)


@pytest.mark.parametrize(("changed", "names"), TEXTS_REFUSED)
def test_a_bad_pack_of_texts(write_pack: WritePack, changed: dict[str, Any], names: list[str]) -> None:
    refused(write_pack(TEXT_FILES | changed), names)


def test_a_file_that_is_not_utf_8(write_pack: WritePack) -> None:
    folder = write_pack()
    (folder / "train.txt").write_bytes("## play\nเปิด".encode("tis-620"))
    refused(folder, ["train.txt", "UTF-8"])


def test_a_link_out_of_the_pack(write_pack: WritePack, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, outside = write_pack({"values.json": None}), tmp_path_factory.mktemp("outside") / "values.json"
    outside.write_text("{}")
    (folder / "values.json").symlink_to(outside)
    refused(folder, ["values.json", "outside the pack"])


def test_a_byte_order_mark_is_no_mistake(write_pack: WritePack) -> None:
    folder = write_pack()
    (folder / "pack.json").write_text((folder / "pack.json").read_text("utf-8"), "utf-8-sig")
    assert read_pack(folder).name == "tiny"
