"""What can be mended without a person: the findings whose cure follows from the row itself, each with that cure.

A cure is all or nothing: `cured` gives a row without the finding, or None where something is left that only a person
can tell. It may bring other findings to light, such as a telephone number that a zero-width space had hidden.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from training.row_checks import calls, characters, mojibake, shape, thai, tools
from training.row_checks.decoding import decoded
from training.row_checks.findings import Surroundings
from training.row_checks.objects import named_responses, objects_for_texts, once_declared, texts_for_nothing
from training.row_checks.reading import FIELDS, is_plain

Row = dict[str, Any]
MOST_ROUNDS = 4  # what one cure brings to light, another one mends

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BREAKS = re.compile("[\x0b\x0c]")
UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
SEPARATORS = re.compile("[\u2028\u2029]")
TONE_FIRST = re.compile(f"([{thai.TONE}])([ัิีึืฺุู])")


def without_controls(text: str) -> str:
    """Breaks of page and of line become line feeds. U+0080 to U+009F stay: they stand for letters that were lost."""
    return UNSEEN.sub("", BREAKS.sub("\n", ESCAPES.sub("", text)))


def without_returns(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_invisible(text: str) -> str:
    """Without what has no place in its script; again where one sign was held in its place by another."""
    text = SEPARATORS.sub("\n", text)
    for _ in range(MOST_ROUNDS):
        text = characters.ZERO_WIDTH.sub(lambda sign: sign[0] if characters.in_its_place(sign) else "", text)
    return text


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def with_thai_vowels(text: str) -> str:
    """ํ and า as one ำ, its tone mark before it, and two เ as one แ."""
    text = thai.SPLIT_AM.sub(lambda found: "".join(sign for sign in found[0] if sign in thai.TONE) + "ำ", text)
    return thai.SPLIT_AE.sub("แ", text)


def every_text(cure: Callable[[str], str]) -> Callable[[Row], Row]:
    """The cure for every text of a row, names of arguments included; raises ValueError where two become one."""

    def through(value: Any) -> Any:
        if isinstance(value, str):
            return value if value.isascii() and value.isprintable() else cure(value)
        if isinstance(value, list):
            return [through(item) for item in value]
        if isinstance(value, Mapping):
            made = {through(key): through(item) for key, item in value.items()}
            if len(made) < len(value):
                raise ValueError("two names become one")
            return made
        return value

    def cured_row(row: Row) -> Row:
        return {field: through(value) for field, value in row.items()}

    return cured_row


# In the order in which they are tried: what is read anew may hold what the later ones mend.
CURES: dict[str, Callable[[Row], Row]] = {
    calls.AS_TEXT.code: objects_for_texts,
    shape.NO_TEXT.code: texts_for_nothing,
    tools.TWICE.code: once_declared,
    calls.UNNAMED_RESPONSE.code: named_responses,
    mojibake.MOJIBAKE.code: every_text(decoded),
    characters.RETURN.code: every_text(without_returns),
    characters.CONTROL.code: every_text(without_controls),
    characters.INVISIBLE.code: every_text(without_invisible),
    characters.NOT_NFC.code: every_text(composed),
    thai.LOOKALIKE.code: every_text(with_thai_vowels),
    thai.DOUBLED.code: every_text(lambda text: thai.TWICE.sub(r"\1", text)),
    thai.ORDER.code: every_text(lambda text: TONE_FIRST.sub(r"\2\1", text)),
}
CHECKS = {
    kind.code: family.check for family in (calls, shape, tools, mojibake, characters, thai) for kind in family.KINDS
}


def cured(row: Mapping[str, Any], code: str) -> Row | None:
    """The row without any finding of this code, or None where it has none or only a person can mend it.

    Of the row {"messages", "tools", "context", "expected"} are changed, whatever else it has is left out.
    """
    kept = {field: row[field] for field in FIELDS if field in row}
    if code not in CURES or not is_plain(kept) or not has(row, code):
        return None
    try:
        made = CURES[code](kept)
    except ValueError:
        return None
    return None if has({**row, **made}, code) else made


def mended(row: Mapping[str, Any], codes: Iterable[str] = CURES) -> tuple[Row, list[str]]:
    """The row with everything mended that can be, and the codes of what was; as it is, and none, for a sound one."""
    made, done, wanted = dict(row), [], [code for code in CURES if code in set(codes)]
    for _ in range(MOST_ROUNDS):
        now = [code for code in wanted if mend_one(made, code)]
        done += [code for code in now if code not in done]
        if not now:
            break
    return made, done


def mend_one(row: Row, code: str) -> bool:
    """Whether the finding was there and is mended; the row itself is changed."""
    found = cured(row, code)
    row.update(found or {})
    return found is not None


def has(row: Mapping[str, Any], code: str) -> bool:
    return any(finding.code == code for finding in CHECKS[code](row, Surroundings()))
