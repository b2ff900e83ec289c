"""Where the values of a JSON text begin and end, found block by block without reading what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from training.sources.record import Taken

SIGNIFICANT = re.compile(rb"[^ \t\r\n]")
SCALAR_END = re.compile(rb"[,\]} \t\r\n]")
BODY = re.compile(rb'(?s)[^"\\]*+(?:\\.[^"\\]*+)*+')
TOKEN = re.compile(rb'(?s)"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]')
QUOTE = ord('"')
OPENING, CLOSING = b"[{", b"]}"


class Cursor:
    """A place in a text that comes in blocks, of which one is held at a time."""

    def __init__(self, text: Iterator[bytes]) -> None:
        self.text = text
        self.block, self.at = b"", 0

    def more(self) -> bool:
        """Go on to the next block that is not empty; whether there was one."""
        self.block, self.at = next(filter(None, self.text), b""), 0
        return bool(self.block)

    def peek(self) -> bytes:
        """The next byte that is not white space, or nothing at the end."""
        while not (found := SIGNIFICANT.search(self.block, self.at)):
            if not self.more():
                return b""
        self.at = found.start()
        return found[0]

    def accept(self, byte: bytes) -> bool:
        """Step over this byte, where it comes next."""
        if self.peek() != byte:
            return False
        self.at += 1
        return True

    def value(self) -> tuple[Taken, bool]:
        """The text of the next value, and whether it came to its end before the source did."""
        first = self.peek()
        if first and first in b'"[{':
            return self.nested(Taken(), 0)
        return self.scalar()

    def scalar(self) -> tuple[Taken, bool]:
        taken = Taken()
        while not (found := SCALAR_END.search(self.block, self.at)):
            taken.add(self.block[self.at :])
            if not self.more():
                return taken, bool(taken.size)
        taken.add(self.block[self.at : found.start()])
        self.at = found.start()
        return taken, True

    def nested(self, taken: Taken, depth: int) -> tuple[Taken, bool]:
        """The same for a text, a list or an object, of which `depth` brackets are taken already."""
        while True:
            started, end, unclosed = self.at, 0, False
            for match in TOKEN.finditer(self.block, started):
                start, end = match.span()
                sign = self.block[start]
                depth += (sign in OPENING) - (sign in CLOSING)
                unclosed = sign == QUOTE and end - start == 1
                if unclosed or depth == 0:
                    break
            else:
                taken.add(self.block[started:])
                if not self.more():
                    return taken, False
                continue
            taken.add(self.block[started:end])
            self.at = end
            if unclosed and not self.rest_of_string(taken):
                return taken, False
            if depth == 0:
                return taken, True

    def rest_of_string(self, taken: Taken) -> bool:
        """Go on behind the closing quote of a string that the block does not close; whether there is one."""
        escaped = False
        while True:
            end = end_of_body(self.block, self.at + escaped)
            if self.block[end : end + 1] == b'"':
                taken.add(self.block[self.at : end + 1])
                self.at = end + 1
                return True
            taken.add(self.block[self.at :])
            escaped = end < len(self.block)
            if not self.more():
                return False


def end_of_body(block: bytes, at: int) -> int:
    """Where a string read on from `at` stops: at its quote, at a backslash that ends the block, or at its end."""
    found = BODY.match(block, at)
    return found.end() if found else at
