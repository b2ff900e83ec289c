"""Marked text: requests with the calls they stand for, written one a line by people.

`## tool` starts a section, `[text](argument)` marks a value in place and `[text](argument=value)` says
what is meant by the words. The form is described for users in `packs/README.md`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from training.errors import UnreadableLine
from training.functiongemma import CONTROL_TOKENS
from training.tool_schemas import arguments_problem, problem, properties

MARK = re.compile(r"\[([^\[\]]+)\]\(([^()]*)\)")
TARGET = re.compile(r"(?:(?P<call>\d{1,2})\.)?(?P<argument>[^\d\W][\w.-]*)(?P<closed>=(?P<value>.*))?")
THAI = re.compile(r"[\u0e00-\u0e7f]")
Tools = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Mark:
    """A marked value: what is said, and which argument of which call (0 is the first) it gives."""

    text: str
    slot: str
    call: int
    argument: str
    value: Any
    schema: dict[str, Any]
    closed: bool

    def swapped(self, text: str) -> Mark:
        """This mark with another value said in its place; raises ValueError where it does not fit."""
        return replace(self, text=text, value=read_value(text, self.schema))


@dataclass(frozen=True)
class Utterance:
    """One line: its words and marks in order, and the names of the tools it calls in order."""

    line: int
    tools: tuple[str, ...]
    pieces: tuple[str | Mark, ...]

    @property
    def marks(self) -> list[Mark]:
        return [piece for piece in self.pieces if isinstance(piece, Mark)]

    @property
    def text(self) -> str:
        """The request as it is said."""
        return "".join(piece.text if isinstance(piece, Mark) else piece for piece in self.pieces)

    @property
    def wording(self) -> str:
        """The request with each mark replaced by the argument it gives: `Play {song_name}`."""
        return "".join(f"{{{piece.slot}}}" if isinstance(piece, Mark) else piece for piece in self.pieces)

    @property
    def language(self) -> str:
        """Thai ("th") when the words around the open values hold a Thai letter, else English ("en")."""
        around = "".join(piece if isinstance(piece, str) else piece.text * piece.closed for piece in self.pieces)
        said = around if any(map(str.isalpha, around)) else self.text
        return "th" if THAI.search(said) else "en"

    @property
    def calls(self) -> list[dict[str, Any]]:
        """[{"name", "arguments"}] in the order of the section's heading."""
        arguments: list[dict[str, Any]] = [{} for _ in self.tools]
        for mark in self.marks:
            arguments[mark.call][mark.argument] = mark.value
        return [{"name": name, "arguments": a} for name, a in zip(self.tools, arguments, strict=True)]

    @property
    def open_slots(self) -> dict[str, Mark]:
        """The marks whose value may be swapped, by slot; not one that a closed mark says again."""
        repeated = [folded(mark.value) for mark in self.marks if mark.closed and isinstance(mark.value, str)]
        return {m.slot: m for m in self.marks if not m.closed and folded(m.value) not in repeated}

    def with_values(self, values: Mapping[str, str]) -> Utterance:
        """The same wording with other values, by slot; raises ValueError where a value does not fit."""
        unknown = values.keys() - self.open_slots.keys()
        if unknown:
            raise ValueError(f"No open value: {', '.join(sorted(unknown))}.")
        pieces = [
            piece.swapped(values[piece.slot]) if isinstance(piece, Mark) and piece.slot in values else piece
            for piece in self.pieces
        ]
        return replace(self, pieces=tuple(pieces))


def folded(value: Any) -> str:
    """A value as it is compared with others: whatever the letter case and the way accents are written."""
    return unicodedata.normalize("NFC", str(value)).casefold().strip()


def read(text: str, tools: Tools) -> list[Utterance]:
    """Every line of marked text; raises `UnreadableLine` at the first that cannot be read."""
    found, section = [], None
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line.startswith("##"):
            section = heading(number, line, tools)
        elif line and line != "#" and not line.startswith("# "):
            if section is None:
                raise UnreadableLine(f"Line {number}: no tool yet. Put a line '## tool_name' above it.")
            found.append(utterance(number, line, section, tools))
    return found


def heading(number: int, line: str, tools: Tools) -> tuple[str, ...]:
    """The tools that `## a + b` names."""
    names = tuple(name.strip() for name in line.lstrip("#").split("+"))
    for name in names:
        if name not in tools:
            raise UnreadableLine(f"Line {number}: there is no tool '{name}'. Use one of: {', '.join(sorted(tools))}.")
    return names


def utterance(number: int, line: str, names: tuple[str, ...], tools: Tools) -> Utterance:
    try:
        read_line = Utterance(number, names, tuple(pieces(line, names, tools)))
        check_line(line, read_line, tools)
    except ValueError as error:
        raise UnreadableLine(f"Line {number}: {error}") from error
    return read_line


def pieces(line: str, names: tuple[str, ...], tools: Tools) -> Iterator[str | Mark]:
    """The line's words and marks in order; raises ValueError with the cure."""
    at = 0
    for found in MARK.finditer(line):
        if found.start() > at:
            yield line[at : found.start()]
        yield mark(found.group(1), found.group(2), names, tools)
        at = found.end()
    if at < len(line):
        yield line[at:]


def mark(text: str, target: str, names: tuple[str, ...], tools: Tools) -> Mark:
    read_target = TARGET.fullmatch(target.strip())
    if read_target is None:
        raise ValueError(f"'({target})' is no argument. Write [{text}](argument) or [{text}](argument=value).")
    argument = read_target["argument"]
    call = call_number(read_target["call"], argument, names)
    schema = argument_schema(argument, tools[names[call]])
    closed = read_target["closed"] is not None
    try:
        value = read_value(read_target["value"] if closed else text, schema)
    except ValueError as error:
        raise ValueError(f"the value of '{argument}' of '{names[call]}' does not fit: {error}.") from error
    slot = argument if len(names) == 1 else f"{call + 1}.{argument}"
    return Mark(text, slot, call, argument, value, schema, closed)


def call_number(number: str | None, argument: str, names: Sequence[str]) -> int:
    """Which call a mark belongs to, counted from 0."""
    if number is None and len(names) > 1:
        raise ValueError(
            f"'{argument}' does not say whose it is. Write 1.{argument} for '{names[0]}',"
            f" 2.{argument} for '{names[1]}'."
        )
    call = int(number or 1) - 1
    if not 0 <= call < len(names):
        raise ValueError(f"'{number}.{argument}': this section has {len(names)} tools, counted from 1.")
    return call


def argument_schema(argument: str, tool: Mapping[str, Any]) -> dict[str, Any]:
    known = properties(tool)
    if argument not in known:
        cure = f"Use one of: {', '.join(sorted(known))}" if known else "It takes none"
        raise ValueError(f"'{tool['function']['name']}' has no argument '{argument}'. {cure}.")
    schema: dict[str, Any] = known[argument]
    return schema


def read_value(text: str, schema: Mapping[str, Any]) -> Any:
    """Text read by the schema's type: strings as they are, everything else as JSON."""
    kind = schema.get("type", "string")
    if "string" in kind:
        value: Any = text.strip()
    else:
        try:
            value = json.loads(text, parse_constant=not_json)
        except (ValueError, RecursionError):
            raise ValueError(f"'{text}' is no {kind}; write [{text}](argument=value)") from None
    if complaint := problem(value, schema):
        raise ValueError(complaint)
    return value


def not_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def check_line(line: str, read_line: Utterance, tools: Tools) -> None:
    """Raises ValueError for brackets that mark nothing, arguments given twice, and calls that do not fit."""
    words = "".join(piece for piece in read_line.pieces if isinstance(piece, str))
    if "[" in words or "]" in words:
        raise ValueError("a bracket marks nothing. Write [text](argument) without a space in between.")
    if any(token in line for token in CONTROL_TOKENS):
        raise ValueError("it holds a control token of the model, such as <escape>. Write it in other words.")
    slots = [m.slot for m in read_line.marks]
    twice = next((slot for slot in slots if slots.count(slot) > 1), None)
    if twice:
        raise ValueError(f"'{twice}' is marked twice. Mark each argument of a call once.")
    for call in read_line.calls:
        if complaint := arguments_problem(call["arguments"], tools[call["name"]]):
            raise ValueError(f"the call of '{call['name']}' does not fit: {complaint}. Mark what is missing.")
