"""The JSON text of one row, read strictly: what a database or a model would stumble over is refused here."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from training.errors import UnreadableRow
from training.sources.record import DEEPEST_RECORD, MOST_VALUES

STRING = re.compile(rb'(?s)"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)')
NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
DOUBTFUL_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
SURROGATE = re.compile("[\ud800-\udfff]")
NOT_UTF8 = "The row holds bytes that are not UTF-8. Save the file as UTF-8 and import it again."
KINDS = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}


class Repeated:
    """Stands in the place of an object that has a key twice."""

    def __init__(self, key: str) -> None:
        self.key = key


class Reading:
    """What reading one row came across that has to be looked for in the finished value."""

    def __init__(self) -> None:
        self.doubtful = False

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any] | Repeated:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.doubtful = True
        return Repeated(first_repeated(pairs))

    def constant(self, name: str) -> float:
        self.doubtful = True
        return float(name)

    def number(self, text: str) -> float:
        value = float(text)
        self.doubtful |= not math.isfinite(value)
        return value


def first_repeated(pairs: list[tuple[str, Any]]) -> str:
    counted = Counter(key for key, _ in pairs)
    return next(key for key in counted if counted[key] > 1)


def read_object(raw: bytes) -> dict[str, Any]:
    """The object that a row's text is; raises `UnreadableRow` with the field where one is to blame."""
    refuse_shapeless(raw)
    text, damaged = decoded(raw)
    reading = Reading()
    try:
        value = json.loads(
            text, object_pairs_hook=reading.pairs, parse_constant=reading.constant, parse_float=reading.number
        )
    except json.JSONDecodeError as error:
        raise UnreadableRow(NOT_UTF8 if damaged else not_json(error)) from error
    except ValueError as error:
        raise UnreadableRow("A number of the row has more than 4,300 digits. Write it as text.") from error
    if reading.doubtful or damaged or DOUBTFUL_ESCAPE.search(text):
        refuse_faulty(value, damaged)
    if not isinstance(value, dict):
        kind = KINDS.get(type(value), "a number")
        raise UnreadableRow(f"The row is {kind} and not an object. Write it as {{...}} with named fields.")
    return value


def refuse_shapeless(raw: bytes) -> None:
    """Raises `UnreadableRow` for nesting and for numbers of values that would take more memory than they are worth."""
    many = raw.count(b",") > MOST_VALUES
    if not many and raw.count(b"[") + raw.count(b"{") <= DEEPEST_RECORD:
        return
    structure = STRING.sub(b"", raw)
    if structure.count(b",") > MOST_VALUES:
        raise UnreadableRow(f"The row holds more than {MOST_VALUES:,} values. Split it into several rows.")
    levels = accumulate(map(STEPS.__getitem__, structure.translate(None, NOT_BRACKETS)))
    if max(levels, default=0) > DEEPEST_RECORD:
        raise UnreadableRow(f"The row is nested deeper than {DEEPEST_RECORD} levels. Flatten it.")


def decoded(raw: bytes) -> tuple[str, bool]:
    """The text, and whether some of its bytes are not UTF-8; those are kept as surrogates, to find their field."""
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        return raw.decode(errors="surrogateescape"), True


def not_json(error: json.JSONDecodeError) -> str:
    what = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    return f"The row is not JSON: {what}, at character {error.pos + 1}. Correct it or leave it out."


def refuse_faulty(value: Any, damaged: bool) -> None:
    """Raises `UnreadableRow` for the first value that no row may hold, with the path to it as the field."""
    for path, each in walked(value, ""):
        if isinstance(each, Repeated):
            field = joined(path, each.key)
            raise UnreadableRow(f"The key '{printable(each.key)}' is given twice. Keep one of the two.", field)
        if isinstance(each, float) and not math.isfinite(each):
            name = "NaN" if math.isnan(each) else "Infinity"
            raise UnreadableRow(f"{name} is no number in JSON. Write a number or null.", path)
        if isinstance(each, str):
            refuse_unsafe(each, path, damaged)


def refuse_unsafe(text: str, path: str, damaged: bool = False) -> None:
    """Raises `UnreadableRow` for a text with a NUL character or with half of a surrogate pair."""
    if "\0" in text:
        raise UnreadableRow("The text holds a NUL character. Remove it.", path)
    if SURROGATE.search(text):
        lone = "The text holds half of a surrogate pair (\\ud800 to \\udfff). Write the whole character."
        raise UnreadableRow(NOT_UTF8 if damaged else lone, path)


def walked(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value and every key with the path to it: `messages[0].content`."""
    yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            yield joined(path, key), key
            yield from walked(each, joined(path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from walked(each, f"{path}[{at}]")


def joined(path: str, key: str) -> str:
    return f"{path}.{printable(key)}" if path else printable(key)


def printable(key: str) -> str:
    """A key as it can be shown and stored, whatever it holds."""
    safe = key.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    return safe if len(safe) <= 80 else f"{safe[:79]}…"
