"""A text's lines, ended by a line feed and by nothing else that Unicode counts as a line end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from training.sources.record import Taken


@dataclass(frozen=True, slots=True)
class Line:
    """Line `number` (from 1) of a source, without its line feed."""

    number: int
    taken: Taken


def lines(text: Iterator[bytes]) -> Iterator[Line]:
    """Every line of a text that comes in blocks."""
    number, held = 0, Taken()
    for block in text:
        *ended, rest = block.split(b"\n")
        for piece in ended:
            held.add(piece)
            number += 1
            yield Line(number, held)
            held = Taken()
        held.add(rest)
    if held.size:
        yield Line(number + 1, held)
