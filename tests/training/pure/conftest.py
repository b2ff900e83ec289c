"""The shipped packs, and a tiny one to break on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.packs import Pack, read_pack

PACKS = Path(__file__).parents[3] / "packs"
WritePack = Callable[..., Path]


def tool(name: str, required: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": "", "parameters": parameters}}


TOOLS = [
    tool("play", ("song",), song={"type": "string"}, artist={"type": "string"}),
    tool("volume", ("level",), level={"type": "integer", "minimum": 0, "maximum": 100}),
    tool("shuffle", ("on",), on={"type": "boolean"}, mode={"type": "string", "enum": ["all", "one"]}),
]
FILES: dict[str, Any] = {
    "pack.json": {
        "name": "tiny",
        "title": "Tiny",
        "tools": "tools.json",
        "calls": {"train": "train.txt", "held_out": "held_out.txt"},
        "values": "values.json",
    },
    "tools.json": TOOLS,
    "train.txt": "## play\nPlay [Yellow](song)\nPlay [Halo](song) by [Adele](artist)\nเปิด [ลม](song)\n",
    "held_out.txt": "## play\nPut on [Valerie](song)\n",
    "values.json": {
        "song": {
            "train": {"en": ["Yellow", "Halo", "Clocks"], "th": ["ลม", "พิง"]},
            "held_out": {"en": ["Valerie", "Toxic", "Butter"], "th": ["ลูกอม"]},
        },
        "level": {"train": [10, 20], "held_out": [15]},
    },
}


@pytest.fixture(scope="session")
def music() -> Pack:
    return read_pack(PACKS / "music")


@pytest.fixture(scope="session")
def brand_pack() -> Pack:
    return read_pack(PACKS / "brands")


@pytest.fixture(scope="session")
def brands() -> dict[str, dict[str, Any]]:
    """The facts of all shipped brands, those kept aside too, by slug."""
    files = ("brands.json", "held_out_brands.json")
    return {b["slug"]: b for name in files for b in json.loads((PACKS / "brands" / name).read_text("utf-8"))}


@pytest.fixture
def write_pack(tmp_path: Path) -> WritePack:
    """`write_pack({"train.txt": "..."})`: the tiny pack with files replaced, or left out where None."""

    def write(changed: dict[str, Any] | None = None) -> Path:
        for name, content in (FILES | (changed or {})).items():
            if content is not None:
                text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
                (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    return write
