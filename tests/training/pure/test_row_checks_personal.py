from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.checked_rows import call_row, codes, found, places, talk
from training.row_checks.identifiers import is_card, is_thai_id

THAI_ID = "1101700230708"


def with_check_digit(twelve: str) -> str:
    return next(twelve + d for d in "0123456789" if is_thai_id(twelve + d))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("write to somchai.j+work@gmail.com now", "email_address"),
        ("ส่งมาที่somsri@company.co.thได้เลย", "email_address"),
        ("call 081-924-5679", "phone_number"),
        ("โทร 0896174520", "phone_number"),
        ("โทร ๐๘๙-๖๑๗-๔๕๒๐", "phone_number"),
        ("โทร.089 617 4520", "phone_number"),
        ("0-2793-8145", "phone_number"),
        ("02-793-8145", "phone_number"),
        ("(02) 793 8145", "phone_number"),
        ("053-294-817", "phone_number"),
        ("+66 89 617 4520", "phone_number"),
        ("+66896174520", "phone_number"),
        ("+44 20 7946 0958", "phone_number"),
        ("+1 (212) 736-5000", "phone_number"),
        ("212-736-5000", "phone_number"),
        ("(212) 736-5000", "phone_number"),
        (f"เลขบัตร {THAI_ID}", "thai_id"),
        ("1-1017-00230-70-8", "thai_id"),
        ("1 1017 00230 70 8", "thai_id"),
        ("๑-๑๐๑๗-๐๐๒๓๐-๗๐-๘", "thai_id"),
        ("4539 1488 0343 6467", "card_number"),
        ("4539148803436467", "card_number"),
        ("3715-029486-01832", "card_number"),
    ],
)
def test_personal_data_is_found(text: str, code: str) -> None:
    assert codes(talk(text)) == [code]
    assert places(talk("Hi", asked=text), code) == ["messages[0].content"]
    assert places(call_row({"level": 3, "note": text}), code) == ["messages[1].tool_calls[0].arguments.note"]
    assert places(talk("Hi", context=text), code) == ["context"]


@pytest.mark.parametrize(
    "text",
    [
        "1101700230709",
        "4539 1488 0343 6468",
        "ราคา 1,234,567.89 บาท ปี 2567-2568",
        "08:30-09:45 on 12-05-2024",
        "08-05-2024 14:30:59",
        "2024-05-12T08:30:00.000",
        "pi is 3.14159265358979",
        "192.168.100.200 and 10.0.0.1:8080",
        "ISBN 978-3-16-148410-0",
        "item SKU4539148803436467X",
        "@somchai and #tag@home",
        "100-200-300 and 1 2 3 4 5 6 7 8 9",
        "2010 2011 2012 2013 2014",
        "สายด่วน 1669, 191 หรือ 1150",
        "0.0812345678",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert codes(talk(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "john@example.com",
        "john@mail.example.org",
        "me@shop.test",
        "you@yourcompany.com",
        "(555) 123-4567",
        "212-555-0142",
        "123-456-7890",
        "081-234-5678",
        "4111 1111 1111 1111",
        "1-2345-67890-12-1",
    ],
)
def test_invented_data_is_a_notice(text: str) -> None:
    assert codes(talk(text)) == ["invented_contact"]


def test_a_number_given_as_a_number_is_found() -> None:
    tool = {
        "type": "function",
        "function": {"name": "find", "parameters": {"type": "object", "additionalProperties": True}},
    }
    assert codes(call_row({"id": int(THAI_ID)}, name="find", tools=[tool])) == ["thai_id"]


def test_findings_do_not_spread_what_they_warn_of() -> None:
    (first, second) = found(talk(f"{THAI_ID} or somchai@gmail.com or {THAI_ID}"))
    assert first.message == "The text holds the e-mail address s…@gmail.com."
    assert second.message == "The text holds 110…08, a Thai national id with its check digit."


@given(st.integers(10**11, 9 * 10**11 - 1).map(str), st.integers(0, 12), st.integers(1, 9))
def test_a_wrong_digit_is_no_id(twelve: str, place: int, change: int) -> None:
    """But for the third digit, which weighs 11, and for sums whose remainders 0 and 10 share a check digit."""
    number = with_check_digit(twelve)
    other = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    remainders = {sum(w * int(d) for w, d in zip(range(13, 1, -1), n, strict=False)) % 11 for n in (number, other)}
    if place != 2 and remainders != {0, 10}:
        assert not is_thai_id(other)


@given(st.integers(10**14, 10**15 - 1).map(lambda n: f"4{n}"[:15]), st.integers(1, 14), st.integers(1, 9))
def test_luhn_sees_every_single_wrong_digit(fifteen: str, place: int, change: int) -> None:
    number = next(fifteen + d for d in "0123456789" if is_card(fifteen + d))
    assert not is_card(number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :])
