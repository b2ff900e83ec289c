"""Requests in other words: patterns from wordings.json, applied around the marked values and never to them.

By language the file has `verbs` a request may begin with, `openings` and `closings` that are put before and after it,
`questions` (the openings that make a question of it), `not_asked` (closings no question has), `finals` (endings that
nothing is put behind), `courtesy` (words said once only) and `clauses`: `from` one form `to` others, {a} and {b} being
values; `where` says of which arguments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from random import Random
from typing import Any

from training.augmenting.held_out import HeldOut
from training.augmenting.marks import FIRST, PRIVATE, Marked, calls, marked, request, still_said
from training.augmenting.outcomes import Attempts, LeftOut, Row
from training.marked_text import THAI

Patterns = Mapping[str, Any]
END = ".!? "
INNER = re.compile(r"[.!?](?=\s)|\n")
MARKS = "[\ue000-\uf8ff]"
NO_CALLS = LeftOut("no_calls", "The row calls no tool.")
SEVERAL = LeftOut("several_requests", "More than one message asks for something.")
UNKNOWN_LANGUAGE = LeftOut("no_pattern", "There are no patterns for the language of the row.")
NO_PATTERN = LeftOut("no_pattern", "No pattern fits the request.")
HELD_OUT = LeftOut("held_out_wording", "A held-out row asks in that wording.")
TOUCHED = LeftOut("argument_lost", "A value would not stand in the request as it did.")


@cache
def patterns() -> dict[str, Patterns]:
    """The patterns by language."""
    found: dict[str, Patterns] = json.loads((files("training") / "augmenting" / "wordings.json").read_text("utf-8"))
    return found


def other_wordings(row: Row, held_out: HeldOut, random: Random) -> Attempts:
    """The row in every wording that the patterns give, in an order of its own; one that has none is left out once."""
    if reason := unsuited(row):
        yield reason
        return
    found = marked(row)
    made = [text for text in dict.fromkeys(variants(found, patterns()[row["language"]])) if text != found.text]
    if not made:
        yield NO_PATTERN
    random.shuffle(made)
    for text in made:
        yield reworded(row, found, text, held_out)


def unsuited(row: Row) -> LeftOut | None:
    if not calls(row):
        return NO_CALLS
    if sum(message["role"] == "user" for message in row["messages"]) != 1:
        return SEVERAL
    if PRIVATE.search(request(row)):
        return NO_PATTERN
    return None if row["language"] in patterns() else UNKNOWN_LANGUAGE


def reworded(row: Row, found: Marked, text: str, held_out: HeldOut) -> Row | LeftOut:
    if found.wording(text) in held_out.wordings:
        return HELD_OUT
    asked = found.filled(text)
    messages = [m | {"content": asked} if m["role"] == "user" else m for m in row["messages"]]
    made = row | {"messages": messages}
    return made if still_said(row, made) else TOUCHED


def variants(found: Marked, known: Patterns) -> Iterator[str]:
    """Other forms of the marked text: its clauses turned round, within other openings and closings."""
    end = found.text[len(found.text.rstrip(END)) :].strip()
    opening, core, closing = parted(found.text.rstrip(END), known)
    for inner in turned(core, found, known["clauses"]):
        yield joined(opening, inner, closing, known, end)
        if begins_with_verb(inner, known["verbs"]) and not INNER.search(inner):
            closings = known["closings"] if is_open(inner, found, known["finals"]) else ("",)
            yield from (
                joined(before, inner, after, known)
                for before, after in product(known["openings"], closings)
                if not twice(before + after, known["courtesy"])
                and not (before in known["questions"] and after in known["not_asked"])
            )


def is_open(core: str, found: Marked, finals: Sequence[str]) -> bool:
    """Whether a closing may follow: the request neither ends in a particle nor in a value that ends a sentence."""
    return not core.endswith(tuple(finals)) and not found.filled(core).endswith(tuple(END))


def twice(around: str, words: Sequence[str]) -> bool:
    """Whether politeness is said twice."""
    return sum(around.lower().count(word) for word in words) > 1


def parted(text: str, known: Patterns) -> tuple[str, str, str]:
    """The opening, the core and the closing of a request; either may be empty."""
    openings = [o for o in known["openings"] if text.lower().startswith(o.lower())]
    opening = max(openings, key=len)
    core = text[len(opening) :]
    closing = max((c for c in known["closings"] if closes(core, c)), key=len)
    return opening, core[: len(core) - len(closing)].rstrip(), closing


def closes(text: str, closing: str) -> bool:
    """Whether the text ends so. A Thai closing is one after a value or a space: นาที ends no request."""
    if not text.lower().endswith(closing.lower()):
        return False
    before = text[: len(text) - len(closing)]
    alone = not closing or not closing[0].isalpha() or bool(re.search(rf"(?:{MARKS}|\s)$", before))
    return alone or closing.startswith(("หน่อย", "ให้หน่อย"))


def begins_with_verb(core: str, verbs: Sequence[str]) -> bool:
    """Whether the core is a plain wish: it begins with a known verb."""
    low = core.lower()
    return any(re.match(rf"{re.escape(verb)}(?![a-z'])", low) for verb in verbs)


def joined(opening: str, core: str, closing: str, known: Patterns, end: str = "") -> str:
    """The request of its parts, with a capital in front and a question mark behind a question."""
    if opening and core[:1].isascii():
        core = core[:1].lower() + core[1:]
    space = " " if closing and closing[0].isalpha() and not THAI.match(core[-1:]) else ""
    whole = f"{opening}{core}{space}{closing}"
    return whole[:1].upper() + whole[1:] + ("?" if opening in known["questions"] else end)


def turned(core: str, found: Marked, clauses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The core itself, and with one of its clauses in another form."""
    yield core
    for clause in clauses:
        for hit in clause_pattern(clause["from"]).finditer(core):
            if fits(hit, found, clause.get("where") or {}):
                for form in clause["to"]:
                    yield core[: hit.start()] + form.format(**hit.groupdict()) + core[hit.end() :]


@cache
def clause_pattern(form: str) -> re.Pattern[str]:
    """{a} and {b} as one mark each, white space as any or none, the words whatever their letter case."""
    words = re.escape(form).replace(r"\ ", r"\s*")
    named = re.sub(r"\\\{(.)\\\}", rf"(?P<\1>{MARKS})", words)
    return re.compile(rf"(?<![a-z]){named}", re.IGNORECASE)


def fits(hit: re.Match[str], found: Marked, where: Mapping[str, Sequence[str]]) -> bool:
    return all(found.marks[ord(hit[name]) - FIRST].argument in arguments for name, arguments in where.items())
