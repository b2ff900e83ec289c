"""Requests as people word them, written by hand for many everyday domains and taught with ever other values.

`starters/corpus/<domain>/` holds `tools.json` and `requests.txt`, marked text as packs have it (packs/README.md).
Templates teach to read declarations and to copy; what "skip this one" means, and where a title ends and the
chatter after it begins, is learned from people's words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from training.marked_text import THAI, Mark, Utterance, read
from training.starters.calls_corpus import Conversation
from training.starters.words import said

CORPUS = Path(__file__).resolve().parents[2] / "starters" / "corpus"
HELD_OUT = ("radio_stations", "restaurant_booking", "robot_vacuum")  # never trained on, to measure with
STRANGERS = 0.25  # share of conversations that declare tools of another domain, too
KEPT, BORROWED = 0.25, 0.4  # shares of values that stay, and that are taken from other lines; the others are invented


@dataclass(frozen=True)
class Domain:
    """The tools of one everyday domain by name, and the requests for them."""

    name: str
    tools: dict[str, dict[str, Any]]
    lines: tuple[Utterance, ...]


@cache
def all_domains() -> tuple[Domain, ...]:
    """Every domain, in the order of their names."""
    return tuple(read_domain(folder) for folder in sorted(CORPUS.iterdir()) if folder.is_dir())


def taught_domains() -> tuple[Domain, ...]:
    return tuple(domain for domain in all_domains() if domain.name not in HELD_OUT)


def held_out_domains() -> tuple[Domain, ...]:
    return tuple(domain for domain in all_domains() if domain.name in HELD_OUT)


def read_domain(folder: Path) -> Domain:
    """The domain in `folder`; raises UnreadableLine for a line that does not fit its tools."""
    tools = {tool["function"]["name"]: tool for tool in json.loads((folder / "tools.json").read_text("utf-8"))}
    return Domain(folder.name, tools, tuple(read((folder / "requests.txt").read_text("utf-8"), tools)))


@cache
def spoken_values() -> dict[str, tuple[str, ...]]:
    """The texts that people filled open arguments with, by language ("en", "th")."""
    found: dict[str, list[str]] = {"en": [], "th": []}
    for domain in taught_domains():
        for mark in (mark for line in domain.lines for mark in line.open_slots.values() if is_text(mark)):
            found["th" if THAI.search(mark.text) else "en"].append(mark.text)
    return {language: tuple(dict.fromkeys(texts)) for language, texts in found.items()}


def conversation(
    random: Random, domains: Sequence[Domain], *, most_tools: int = 8, most_turns: int = 6
) -> Conversation:
    """One to `most_turns` requests for some of a domain's tools, each with values of its own."""
    domain = random.choice(domains)
    names = random.sample(sorted(domain.tools), random.randint(1, min(most_tools, len(domain.tools))))
    lines = [line for line in domain.lines if set(line.tools) <= set(names)]
    if not lines:
        return conversation(random, domains, most_tools=most_tools, most_turns=most_turns)
    declared = [restyled(random, domain.tools[name]) for name in names]
    if random.random() < STRANGERS:
        declared += strangers(random, domain, domains)
        random.shuffle(declared)
    chosen = random.sample(lines, min(len(lines), random.randint(1, most_turns)))
    return Conversation([message for line in chosen for message in exchange(revalued(random, line))], declared)


def strangers(random: Random, domain: Domain, domains: Sequence[Domain]) -> list[dict[str, Any]]:
    """One to three tools of another domain, none of a name that `domain` has."""
    other = random.choice(domains)
    names = [name for name in sorted(other.tools) if name not in domain.tools]
    return [restyled(random, other.tools[name]) for name in random.sample(names, min(len(names), random.randint(1, 3)))]


def restyled(random: Random, tool: dict[str, Any]) -> dict[str, Any]:
    """The declaration with its arguments, and the choices among them, in another order."""
    function = tool["function"]
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    names = random.sample(list(parameters["properties"]), len(parameters["properties"]))
    shuffled = {name: reordered(random, parameters["properties"][name]) for name in names}
    return tool | {"function": function | {"parameters": parameters | {"properties": shuffled}}}


def reordered(random: Random, schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"enum": random.sample(schema["enum"], len(schema["enum"]))} if "enum" in schema else schema


def revalued(random: Random, line: Utterance) -> Utterance:
    """The line with most of its open values exchanged; as written where another value does not fit."""
    values = {slot: other_value(random, mark, line.language) for slot, mark in line.open_slots.items()}
    try:
        return line.with_values({slot: value for slot, value in values.items() if value})
    except ValueError:
        return line


def other_value(random: Random, mark: Mark, language: str) -> str:
    """Another text for the mark; empty where its own stays."""
    if random.random() < KEPT or "enum" in mark.schema:
        return ""
    if mark.schema.get("type") == "integer":
        return str(random.randint(1, random.choice((9, 20, 100, 1000))))
    if not is_text(mark):
        return ""
    if random.random() < BORROWED:
        return random.choice(spoken_values()["en" if language == "en" or random.random() < 0.3 else "th"])
    return said(random, language)


def is_text(mark: Mark) -> bool:
    return isinstance(mark.value, str) and "enum" not in mark.schema


def exchange(line: Utterance) -> list[dict[str, Any]]:
    calls = [{"type": "function", "function": call} for call in line.calls]
    return [
        {"role": "user", "content": line.text},
        {"role": "assistant", "content": "", "tool_calls": calls},
    ]
