"""Any stream as blocks of UTF-8: UTF-8 itself, UTF-16 and the Thai code page are told apart by their bytes.

Bytes that mean nothing in the encoding come out as invalid UTF-8, so that only the row they stand in is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from training.errors import UnreadableSource

BLOCK = 256 * 1024
UTF8_MARK = codecs.BOM_UTF8
UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
NOT_TEXT = b"\xff"

ASCII = bytes(range(128))
UTF8_SIGN = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
NOT_THAI = re.compile(rb"[\x80-\x84\x86-\x90\x98-\x9f\xdb-\xde\xfc-\xff]")
ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
MISPLACED = re.compile(rb"(?<![\xa1-\xda\xe7-\xee])[\xd1\xd4-\xda\xe7-\xee]|[\xe0-\xe4](?![\xa1-\xce])")


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in blocks of 256 KiB, however little it gives at a time."""
    while block := filled(stream):
        yield block


def filled(stream: BinaryIO) -> bytes:
    pieces, size = [], 0
    while size < BLOCK and (piece := stream.read(BLOCK - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def as_utf8(raw: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8, without a byte order mark; raises `UnreadableSource` for UTF-32."""
    head = next(raw, b"")
    if head.startswith(UTF32_MARKS) or b"\0\0\0" in head[:4]:
        raise UnreadableSource("The file is in UTF-32. Save it as UTF-8 and import it again.")
    if head.startswith(UTF8_MARK):
        return chain([head[len(UTF8_MARK) :]], raw)
    if head[:2] in UTF16_MARKS:
        return recoded(chain([head[2:]], raw), UTF16_MARKS[head[:2]], "surrogatepass")
    if unmarked := utf16_without_mark(head):
        return recoded(chain([head], raw), unmarked, "surrogatepass")
    return utf8_or_thai(chain([head], raw))


def utf16_without_mark(head: bytes) -> str:
    """The kind of UTF-16 whose zero bytes stand beside the first two letters, or nothing."""
    zeros = [byte == 0 for byte in head[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else ""


def utf8_or_thai(raw: Iterator[bytes]) -> Iterator[bytes]:
    """ASCII until the first other byte, by whose surroundings the encoding is decided."""
    for block in raw:
        if block.isascii():
            yield block
            continue
        after = next(raw, b"")
        rest = chain([block, after], raw)
        yield from recoded(rest, "cp874", "surrogateescape") if is_thai_page(block + after) else rest


def is_thai_page(sample: bytes) -> bool:
    """Whether the bytes above ASCII are Thai in TIS-620 (code page 874) rather than UTF-8, be it damaged.

    Thai in one byte a sign comes in runs, its vowels and tone marks stand on letters, and it has few pairs that
    UTF-8 would read as one sign; a few exceptions are damage, many are another encoding.
    """
    high = len(sample.translate(None, ASCII))
    left_by_utf8 = len(UTF8_SIGN.sub(b"", sample).translate(None, ASCII))
    return (
        left_by_utf8 * 4 >= high
        and len(NOT_THAI.findall(sample)) * 100 <= high
        and len(ALONE.findall(sample)) * 10 <= high
        and len(MISPLACED.findall(sample)) * 10 <= high
    )


def recoded(raw: Iterator[bytes], encoding: str, errors: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for block in raw:
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    try:
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        yield NOT_TEXT
