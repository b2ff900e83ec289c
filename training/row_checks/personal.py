"""Personal data: addresses and numbers of people have no place in what a model learns by heart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.identifiers import is_card, is_invented, is_invented_address, is_phone, is_thai_id
from training.row_checks.reading import Text, nodes

INVENT = "Replace it with an invented one, or remove the row."
THAI_ID = Kind(
    "thai_id", "error", "Thai national id", "The text holds {found}, a Thai national id with its check digit.", INVENT
)
CARD = Kind(
    "card_number", "error", "Card number", "The text holds {found}, a card number with its check digit.", INVENT
)
EMAIL = Kind("email_address", "warning", "E-mail address", "The text holds the e-mail address {found}.", INVENT)
PHONE = Kind("phone_number", "warning", "Phone number", "The text holds the phone number {found}.", INVENT)
INVENTED = Kind(
    "invented_contact",
    "notice",
    "Invented contact",
    "The text holds {found}, an address or a number that is nobody's.",
    "Nothing has to be done, as long as a model may learn to write it.",
)
KINDS = (THAI_ID, CARD, EMAIL, PHONE, INVENTED)

ALONE_BEFORE, ALONE_AFTER = r"(?<![A-Za-z\d_])(?<!\d[-.,/])", r"(?![A-Za-z\d_])(?![-/]\d)(?![.,]\d)"


def number(pattern: str) -> re.Pattern[str]:
    """The pattern where it is no part of a longer number or of a word."""
    return re.compile(f"{ALONE_BEFORE}(?:{pattern}){ALONE_AFTER}", re.VERBOSE)


@dataclass(frozen=True)
class Search:
    kind: Kind
    pattern: re.Pattern[str]
    is_one: Callable[[str], bool]
    is_invented: Callable[[str], bool]


SEARCHES = (
    Search(
        EMAIL,
        re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w@-])", re.ASCII),
        lambda found: True,
        is_invented_address,
    ),
    Search(THAI_ID, number(r"[1-8][-\ ]?\d{4}[-\ ]?\d{5}[-\ ]?\d{2}[-\ ]?\d"), is_thai_id, is_invented),
    Search(
        CARD,
        number(r"\d{4}([-\ ]?)\d{4}\1\d{4}\1\d{4} | 3\d{3}([-\ ]?)\d{6}\2\d{4,5}"),
        is_card,
        is_invented,
    ),
    Search(
        PHONE,
        number(
            r"""\+[1-9]\d{0,2}(?:[-.\ ]?\(?\d{1,4}\)?){2,6}
            | 00[1-9]\d?(?:[-.\ ]\d{1,4}){2,5}
            | 0[689]\d{8} | 0[689]\d([-.\ ])\d{3}\1?\d{4} | 0[689]\d([-.\ ])\d{4}\2\d{3}
            | 0[689]([-.\ ])\d{4}\3\d{4} | 0-\d{4}-\d{4} | \(0[689]\d\)[-\ ]?\d{3}[-\ ]?\d{4}
            | (?:02|\(02\)[-\ ]?)([-.\ ]?)(?:(?<=\D)|(?<=\)))\d{3}[-.\ ]?\d{4}
            | 0[3457]\d([-.\ ])\d{3}\5?\d{3} | \(0[3457]\d\)[-\ ]?\d{3}[-\ ]?\d{3}
            | (?:1[-.\ ])?(?:\([1-9]\d{2}\)[-\ ]?|[1-9]\d{2}[-.])\d{3}[-.]\d{4}"""
        ),
        is_phone,
        is_invented,
    ),
)
# Thai digits, other dashes and other spaces as ASCII has them; every character stays where it was.
PLAIN = str.maketrans("๐๑๒๓๔๕๖๗๘๙‐‑‒–—−\u00a0\u2009\u202f", "0123456789------   ")


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    """One finding a text for each address and number."""
    for text in said(row):
        rest = text.text.translate(PLAIN)
        for search in SEARCHES:
            seen: set[str] = set()
            for found in search.pattern.finditer(rest):
                if not search.is_one(found.group()):
                    continue
                if found.group() not in seen:
                    kind = INVENTED if search.is_invented(found.group()) else search.kind
                    yield kind.at(text.where, found=masked(found.group()))
                seen.add(found.group())
                rest = rest[: found.start()] + " " * len(found.group()) + rest[found.end() :]


def said(row: Mapping[str, Any]) -> Iterator[Text]:
    """Every text and whole number of messages, arguments and context."""
    for field in ("messages", "context"):
        for where, value, _ in nodes(row.get(field), field):
            if isinstance(value, str) or (type(value) is int and 0 <= value < 10**19):
                yield Text(where, str(value))


def masked(found: str) -> str:
    """The ends of it: a list of findings should not spread what it warns of."""
    name, at, domain = found.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"{found[:3]}…{found[-2:]}"
