from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scoring.fidelity import score

RIGHT: dict[str, list[Any]] = {
    "required": ["Acme", "Iron Anvil", "#Acme"],
    "any": [["heavy metal", "bold"]],
    "foreign": ["Bolt", "#Bolt", "ประแจ"],
    "banned": ["cheap"],
}


def test_a_text_with_every_fact_is_complete() -> None:
    found = score("Acme brings you the Iron Anvil, bold as ever. #Acme", RIGHT, "en")
    assert (found.fidelity, found.complete, found.language_match) == (1.0, True, True)
    assert (found.missing, found.foreign, found.banned) == ([], [], [])


def test_fidelity_is_the_share_of_facts_that_occur() -> None:
    found = score("Acme brings you something. #Acme", RIGHT, "en")
    assert (found.fidelity, found.complete) == (0.5, False)
    assert found.missing == ["Iron Anvil", "heavy metal / bold"]


@pytest.mark.parametrize(
    ("word", "foreign", "banned"),
    [
        ("BOLT", ["Bolt"], []),
        ("Cheap!", [], ["cheap"]),
        ("#Bolt", ["#Bolt"], []),
        ("มีประแจด้วย", ["ประแจ"], []),
    ],
)
def test_a_foreign_fact_or_a_banned_word_makes_it_worthless(word: str, foreign: list[str], banned: list[str]) -> None:
    found = score(f"Acme brings you the Iron Anvil, bold as ever. #Acme {word}", RIGHT, "en")
    assert (found.fidelity, found.complete) == (0.0, False)
    assert (found.foreign, found.banned) == (foreign, banned)


@pytest.mark.parametrize(
    ("fact", "text", "occurs"),
    [
        ("Acme", "ACME!", True),
        ("Acme", "acmes", False),
        ("Acme", "pAcme", False),
        ("Acme", "Acme2", False),
        ("Acme", "พบกับAcmeวันนี้", True),
        ("Acme", "#Acme", False),
        ("#Acme", "buy #acme", True),
        ("#Acme", "#AcmeCorp", False),
        ("#Acme", "#Acmeค่ะ", True),
        ("#Acme", "#Acme_", False),
        ("ทั่ง", "มีทั่งใหญ่", True),
        ("Iron  Anvil", "iron\n anvil", True),
        ("café", unicodedata.normalize("NFD", "Café"), True),
        ("ages 18-35", "for ages 18-35.", True),
        ("18-35 ปี", "วัย18-35 ปีขึ้นไป", True),
        ("C++ (beta)", "with C++ (beta) now", True),
        ("a.b", "axb", False),
        ("Straße", "STRASSE", True),
    ],
)
def test_how_facts_are_found(fact: str, text: str, occurs: bool) -> None:
    assert score(text, {"required": [fact]}, "en").complete is occurs


@pytest.mark.parametrize(
    ("text", "language", "matches"),
    [
        ("Acme is bold #Acme", "en", True),
        ("Acme is bold #Acme", "th", False),
        ("Acme กล้าหาญมาก", "th", True),
        ("Acme กล้าหาญมาก", "en", False),
        ("Acme กล้า #BestAnvilInTown", "th", True),
        ("Acme #แฮชแท็กภาษาไทย is bold", "en", True),
        ("Iron Anvil 100%", "en", True),
        ("Acme 非常に大胆です", "en", False),
        ("Acme 非常に大胆です", "th", False),
        ("", "en", False),
        (" \n", "th", False),
    ],
)
def test_the_language_is_judged_by_what_is_not_a_fact(text: str, language: str, matches: bool) -> None:
    assert score(text, RIGHT, language).language_match is matches


def test_nothing_expected_is_fulfilled() -> None:
    assert score("Anything", {}, "en").fidelity == 1.0


FACTS = st.lists(st.text(st.sampled_from("abcกขคำ้ #"), min_size=1).filter(str.strip), max_size=4)


@given(FACTS, FACTS, st.text(max_size=40))
def test_fidelity_stays_within_its_bounds(required: list[str], foreign: list[str], text: str) -> None:
    found = score(text, {"required": required, "foreign": foreign}, "th")
    assert 0 <= found.fidelity <= 1
    assert found.complete == (not found.missing and not found.foreign)
    assert set(found.missing) <= set(required)
    assert set(found.foreign) <= set(foreign)


@given(st.lists(st.sampled_from(["Acme", "ทั่ง", "#DropIt", "heavy metal", "18-35"]), unique=True))
def test_facts_said_with_spaces_between_are_found(facts: list[str]) -> None:
    assert score(" ".join(facts), {"required": facts}, "en").missing == []
