"""Numbers that carry their own proof, and those that everybody invents."""

from __future__ import annotations

import re

CARD_PREFIXES = re.compile(r"4|5[1-5]|2(?:2[2-9]|[3-6]|7[01])|3[47]|3(?:0[0-5]|[68])|35|6(?:011|4[4-9]|5|2)")
CARD_LENGTHS = {"3": (14, 15, 16)}
# Numbers that payment services and tutorials publish for trying things out.
PUBLISHED = {
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
}
# Names set aside for documents and tests (RFC 2606, RFC 6761), and those that stand for the reader's own.
RESERVED = re.compile(
    r"(?:^|\.)(?:test|invalid|localhost|[a-z-]*example[a-z-]*(?:\.[a-z.]+)?|your-?[a-z-]+\.[a-z.]+)$", re.IGNORECASE
)
RUN = re.compile(r"(\d)\1{5}|0?123456|876543|987654")


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def is_thai_id(text: str) -> bool:
    """Whether the 13 digits are a Thai national id: the first from 1 to 8, the last the check digit.

    The check digit is (11 - (13 d1 + 12 d2 + … + 2 d12) mod 11) mod 10, as
    https://th.wikipedia.org/wiki/เลขประจำตัวประชาชนไทย gives it and python-stdnum's `stdnum.th.pin` computes it.
    """
    found = [int(digit) for digit in digits(text)]
    if len(found) != 13 or found[0] in (0, 9):
        return False
    total = sum(weight * digit for weight, digit in zip(range(13, 1, -1), found, strict=False))
    return (11 - total % 11) % 10 == found[12]


def is_card(text: str) -> bool:
    """Whether it has the beginning and length of a payment card's number, and Luhn's check digit.

    The check: ISO/IEC 7812-1, annex B.
    """
    found = digits(text)
    if len(found) not in CARD_LENGTHS.get(found[:1], (16,)) or not CARD_PREFIXES.match(found):
        return False
    doubled = [2 * int(digit) for digit in found[-2::-2]]
    return (sum(map(int, found[::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def is_phone(text: str) -> bool:
    """Whether there are as many digits as E.164 allows a number to have, and a person to dial."""
    return 8 <= len(digits(text)) <= 15


def is_invented(text: str) -> bool:
    """Whether a number is one that is published for trials, runs on (1234567, 000000), or is set aside for fiction.

    North American 555 numbers: https://nanpa.com/resources/area-codes/nxx-555
    """
    found = digits(text)
    fiction = re.fullmatch(r"1?(?:\d{3}55501\d\d|555\d{7}|\d{3}5551234)", found)
    return found in PUBLISHED or bool(RUN.search(found)) or bool(fiction)


def is_invented_address(text: str) -> bool:
    """Whether an e-mail address lies in a domain that stands for one."""
    return bool(RESERVED.search(text.rpartition("@")[2]))
