"""XML from strangers, read as it passes: no tree is built, and document types, entities with them, are refused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from xml.parsers import expat

from training.errors import UnreadableSource
from training.sources.record import DEEPEST_RECORD, LONGEST_RECORD

Attributes = dict[str, str]
END = b""


def no_workbook(name: str) -> UnreadableSource:
    return UnreadableSource(f"'{name}' is damaged or is no Excel workbook. Save it as .xlsx again.")


class Handler:
    """Hears of the elements of a part, by names without their namespace; what it finds goes into `found`."""

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Text in the element that began last, in pieces."""

    def end(self, tag: str) -> None:
        """An element ends."""


class Passing:
    """One part of a workbook on its way past a handler."""

    def __init__(self, handler: Handler, name: str) -> None:
        self.handler, self.name = handler, name
        self.began, self.depth = False, 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = handler.text
        self.parser.StartDoctypeDeclHandler = self.refuse

    def start(self, tag: str, attributes: Attributes) -> None:
        self.began = True
        self.depth += 1
        if self.depth > DEEPEST_RECORD:
            raise no_workbook(self.name)
        self.handler.start(local(tag), attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.handler.end(local(tag))

    def refuse(self, *_: object) -> None:
        raise UnreadableSource(f"'{self.name}' declares a document type, as no workbook does. Save it as .xlsx again.")

    def steps(self, blocks: Iterator[bytes]) -> Iterator[None]:
        """Pass on one block after the other; raises `UnreadableSource` for what is not XML or has no end of a piece."""
        silent = 0
        for block in chain(blocks, [END]):
            self.began = False
            fault = self.fault_in(block)
            silent = 0 if self.began else silent + len(block)
            yield
            if fault:
                raise fault
            if silent > LONGEST_RECORD:
                raise UnreadableSource(f"'{self.name}' has a cell of more than 4 MB. Shorten it.")

    def fault_in(self, block: bytes) -> UnreadableSource | None:
        """Let the handler hear of a block, up to the fault in it."""
        try:
            self.parser.Parse(block, block is END)
        except UnreadableSource as error:
            return error
        except (expat.ExpatError, LookupError, ValueError):
            return no_workbook(self.name)
        return None


def passed(handler: Handler, blocks: Iterator[bytes], name: str) -> None:
    """Let a handler hear of a whole part."""
    for _ in Passing(handler, name).steps(blocks):
        pass


def local(name: str) -> str:
    return name.rpartition(":")[2]
