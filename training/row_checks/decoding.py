"""Text that was read in the wrong encoding, read back; only where all of it comes out sound."""

from __future__ import annotations

import re

from training.row_checks.mojibake import READINGS, THAI, THAI_WORD, WESTERN, wrongly_read
from training.row_checks.thai import is_sound

LATIN = re.compile("[\x80-\xff]")
MOST_READINGS = 3  # a file may have been read wrongly and saved more than once


def decoded(text: str) -> str:
    """The text as it was meant; as it is where nothing is wrong with it or where a part of it stays in doubt."""
    found = text
    for _ in range(MOST_READINGS):
        if not wrongly_read(found):
            return found.removeprefix("\ufeff") if found != text else text
        again = read_whole(found) or read_in_pieces(found)
        if not again:
            return text
        found = again
    return text if wrongly_read(found) else found


def read_whole(text: str) -> str:
    """All of the text as one of the encodings has it, the readings in the order in which they are certain."""
    for codec in (WESTERN, THAI):
        try:
            return bytes(ord(sign) if sign.isascii() else codec[sign] for sign in text).decode()
        except (UnicodeDecodeError, KeyError):
            continue
    try:
        meant = text.encode("latin-1").decode("cp874")
    except UnicodeError:
        return ""
    words = re.findall(r"[ก-๛]+", meant)
    sound = is_sound(meant) and any(map(THAI_WORD.fullmatch, words)) and not re.search("[\x80-\xff]", meant)
    return meant if sound else ""


def read_in_pieces(text: str) -> str:
    """What UTF-8 left in a text that is sound otherwise; empty where accented letters around it leave a doubt."""
    rest = text
    for pattern, codec in READINGS:
        if codec is WESTERN:
            text = pattern.sub(lambda piece: piece_read(piece[0]), text)
            rest = pattern.sub("", rest)
    return "" if LATIN.search(rest) or wrongly_read(text) else text


def piece_read(piece: str) -> str:
    try:
        return bytes(WESTERN[sign] for sign in piece).decode()
    except (UnicodeDecodeError, KeyError):
        return piece
