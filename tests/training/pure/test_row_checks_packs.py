from __future__ import annotations

from dataclasses import asdict
from typing import Any

from training.packs import Pack
from training.row_checks import Surroundings, check_row


def test_the_music_pack_has_no_findings(music: Pack) -> None:
    assert [finding for row in music.rows for finding in check_row(asdict(row), Surroundings())] == []


def test_the_brand_pack_has_no_findings(brand_pack: Pack, brands: dict[str, dict[str, Any]]) -> None:
    for row in brand_pack.rows:
        banned = tuple(brands[row.brand]["banned_words"])
        assert check_row(asdict(row), Surroundings(banned_words=banned)) == []
