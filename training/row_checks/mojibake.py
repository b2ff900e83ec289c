"""Text that was read in the wrong encoding: it is read back, and counts only when sound text comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import texts
from training.row_checks.thai import is_sound

MOJIBAKE = Kind(
    "mojibake",
    "error",
    "Read in the wrong encoding",
    "The text holds '{found}', which is '{meant}' read in the wrong encoding.",
    "Import the source again in its own encoding, or write the text anew.",
)
KINDS = (MOJIBAKE,)


def bytes_of(codec: str) -> dict[str, int]:
    """The byte behind each character of an 8-bit codec; bytes it does not know are read as Latin-1 reads them."""
    return {bytes([byte]).decode(codec, "ignore") or chr(byte): byte for byte in range(0x80, 0x100)} | {
        chr(byte): byte for byte in range(0x80, 0xA0)
    }


WESTERN, THAI = bytes_of("cp1252"), bytes_of("cp874")


def signs(codec: dict[str, int], first: int, last: int) -> str:
    """A character class of the characters that stand for the bytes `first` to `last`."""
    return "[" + re.escape("".join(sign for sign, byte in codec.items() if first <= byte <= last)) + "]"


REST, THAI_REST = signs(WESTERN, 0x80, 0xBF), signs(THAI, 0x80, 0xBF)
# UTF-8 by what it was read as. Pairs such as É… and ß“ stand in sound text; none of these does.
READINGS = (
    (re.compile(f"(?:à[¸¹]{REST})+"), WESTERN),
    (re.compile(f"â(?:€|[\x80‚„†ˆ‰Šœ\x86\x88\x8c\x9c]){REST}"), WESTERN),
    (re.compile(f"ðŸ{REST}{REST}|ð\x9f{REST}{REST}"), WESTERN),
    (re.compile("ï»¿|ï¿½"), WESTERN),
    (re.compile("(?<![A-ZÀ-Þ])[ÂÃ][\x80-\xbf]"), WESTERN),
    (re.compile(f"(?:เ[ธน]{THAI_REST}){{3,}}"), THAI),
    (re.compile(f"โ€{THAI_REST}|โ€[\x80-\x9f]"), THAI),
)
# Thai in TIS-620 or Windows-874 that was read as Latin-1: a run of accented letters as no language has them.
THAI_AS_LATIN = re.compile("[¡-Úà-î]{5,}")
THAI_WORD = re.compile("(?=.*[ะ-ูเ-ไ่-๋])(?!.*[เ-ไ](?![ก-ฮ]))[ก-ฺเ-์]+")


def check(row: Mapping[str, Any], _: Surroundings) -> Iterator[Finding]:
    """One finding a text."""
    for text in texts(row):
        if not text.text.isascii() and (found := wrongly_read(text.text)):
            yield MOJIBAKE.at(text.where, found=found[0], meant=found[1])


def wrongly_read(text: str) -> tuple[str, str] | None:
    """The first piece that was read wrongly, and what it was meant to be; None where there is none."""
    for pattern, codec in READINGS:
        for found in pattern.finditer(text):
            try:
                meant = bytes(codec[sign] for sign in found.group()).decode()
            except (UnicodeDecodeError, KeyError):
                continue
            return found.group(), meant
    for found in THAI_AS_LATIN.finditer(text):
        meant = found.group().encode("latin-1").decode("cp874", "replace")
        if THAI_WORD.fullmatch(meant) and is_sound(meant):
            return found.group(), meant
    return None
