from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.training.pure.checked_rows import call_row, codes, found, places, talk
from training.errors import TemplateDrift


@pytest.mark.parametrize(
    ("answer", "language", "expected"),
    [
        ("สวัสดีค่ะ ยินดีต้อนรับ", "th", []),
        ("Welcome to our shop", "en", []),
        ("Welcome to our shop", "th", ["wrong_language"]),
        ("สวัสดีค่ะ ยินดีต้อนรับ", "en", ["wrong_language"]),
        ("สวัสดีค่ะ ยินดีต้อนรับ", "ja", ["unknown_language"]),
        ("Welcome", "", []),
        ("OK", "th", []),
        ("12:30", "th", []),
        ("ใช้คำสั่งนี้ ```print('a very long line of code that is English')```", "th", []),
        ("ดูได้ที่ https://www.wikipedia.org/wiki/a_very_long_address", "th", []),
        ("CoffeeLab ชวนชิม Cold Brew #CoffeeLab #BrewWithCare", "th", []),
    ],
)
def test_the_language_of_the_answer(answer: str, language: str, expected: list[str]) -> None:
    card = "แบรนด์: CoffeeLab\nสินค้า: Cold Brew; House Blend"
    assert codes(talk(answer, language=language, context=card)) == expected


def test_only_the_assistant_has_to_keep_to_the_language() -> None:
    assert codes(talk("Welcome to our shop", asked="สวัสดีค่ะ ยินดีต้อนรับ", language="en")) == []
    assert codes(call_row({"level": 3, "note": "ดังมากมาก"}, language="en")) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("So CHEAP!", ["cheap"]),
        ("cheapest", []),
        ("a cheapcheap bird", []),
        ("ของราคาถูกมาก", ["ราคาถูก"]),
        ("ซื้อของcheapได้", ["cheap"]),
        ("fine words", []),
    ],
)
def test_words_that_the_brand_never_says(answer: str, said: list[str]) -> None:
    findings = found(talk(answer), banned_words=("cheap", "ราคาถูก", " "))
    assert [finding.values["word"] for finding in findings] == said
    assert codes(talk("Hi", asked=answer), banned_words=("cheap", "ราคาถูก")) == []


def test_banned_words_in_arguments() -> None:
    where = places(call_row({"level": 3, "note": "a cheap song"}), "banned_word", banned_words=("cheap",))
    assert where == ["messages[1].tool_calls[0].arguments.note"]


def test_rows_that_do_not_fit_the_model() -> None:
    (finding,) = found(talk("Hi"), count_tokens=lambda row: 1025)
    assert (finding.code, finding.message) == ("too_long", "The row has 1025 tokens; 1024 fit.")
    assert codes(talk("Hi"), count_tokens=lambda row: 1024) == []
    assert codes(talk("Hi"), count_tokens=lambda row: 11, longest=10) == ["too_long"]


def test_rows_that_cannot_be_rendered_are_not_counted() -> None:
    def count(row: Mapping[str, Any]) -> int:
        raise AssertionError("counted")

    assert codes({"messages": [{}]}, count_tokens=count) == ["bad_message"]


def test_a_row_that_the_template_refuses() -> None:
    def count(row: Mapping[str, Any]) -> int:
        raise TemplateDrift("The template drifts.")

    (finding,) = found(talk("Hi"), count_tokens=count)
    assert finding.code == "uncounted"
    assert finding.message == "The row cannot be counted in tokens: The template drifts."
