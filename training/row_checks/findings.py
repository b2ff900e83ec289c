"""What a check says about a row: data to list, filter and count, never an exception."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "notice"]
LONGEST_SHOWN = 120


@dataclass(frozen=True)
class Finding:
    """A fault of one row: an "error" must not be frozen, a "warning" wants a look, a "notice" is good to know.

    `where` is a path into the row, such as "messages[2].tool_calls[0].arguments.level". `values` are the words
    that stand in `message` and `cure`, so that both can be said in another language.
    """

    code: str
    severity: Severity
    where: str
    message: str
    cure: str
    values: dict[str, str] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Any]:
        """The finding as a JSON object with the names of its fields."""
        return asdict(self)


@dataclass(frozen=True)
class Kind:
    """One thing that can be wrong, with its sentences; `{name}` in them is filled in for each row."""

    code: str
    severity: Severity
    title: str
    message: str
    cure: str

    def at(self, where: str, **values: object) -> Finding:
        """The finding of this kind at a place, its values made safe to show and to store."""
        words = {name: shown(str(value)) for name, value in values.items()}
        message, cure = self.message.format(**words), self.cure.format(**words)
        return Finding(self.code, self.severity, where, message, cure, words)


@dataclass(frozen=True)
class Surroundings:
    """What a row is checked against: its brand's banned words, and the tokens that fit the target model.

    `count_tokens` is asked about sound rows only, and may raise a ProblemError about one. `tools` has the team's
    tools as they are now, {name: (version, declaration)}.
    """

    banned_words: tuple[str, ...] = ()
    count_tokens: Callable[[Mapping[str, Any]], int] | None = None
    longest: int = 1024
    tools: Mapping[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict, hash=False)


def shown(text: str, most: int = LONGEST_SHOWN) -> str:
    """At most `most` characters of the text, with those that cannot be seen or stored as escapes."""
    clipped = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in clipped)
