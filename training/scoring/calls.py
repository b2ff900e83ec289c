"""Whether a model called what was asked for: exact match, and the steps towards it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.functiongemma import Parsed
from training.tool_schemas import arguments_problem

Call = Mapping[str, Any]


@dataclass(frozen=True)
class CallScore:
    """`strict` is exact match; `names` the same tools in the same order; `wrong` says what differs first."""

    strict: bool
    names: bool
    readable: bool
    wrong: str = ""


def score(expected: Sequence[Call], answer: Parsed | None) -> CallScore:
    """Compare the calls of an answer with the expected ones ({"name", "arguments"}); None is unreadable."""
    if answer is None:
        return CallScore(False, False, False, "The answer holds a call that cannot be read.")
    made, wanted = [plain(call) for call in answer.calls], [plain(call) for call in expected]
    names, wanted_names = [call["name"] for call in made], [call["name"] for call in wanted]
    if names != wanted_names:
        return CallScore(False, False, True, f"Called {listed(names)} instead of {listed(wanted_names)}.")
    pairs = zip(wanted, made, strict=True)
    wrong = next((text for want, got in pairs if (text := difference(want, got))), "")
    return CallScore(not wrong, True, True, wrong)


def schema_valid(calls: Iterable[Call], tools: Iterable[Mapping[str, Any]]) -> bool:
    """Whether every call names one of the tools and its arguments fit that tool's schema."""
    declared = {tool["function"]["name"]: tool for tool in tools}
    return all(
        call["name"] in declared and not arguments_problem(call["arguments"], declared[call["name"]])
        for call in map(plain, calls)
    )


def plain(call: Call) -> Call:
    """A call as {"name", "arguments"}, whether it comes so or in the canonical wrapping."""
    function: Call = call.get("function", call)
    return function


def listed(names: Sequence[str]) -> str:
    return ", then ".join(names) if names else "nothing"


def difference(wanted: Call, made: Call) -> str:
    """The first argument that differs, as a sentence; empty when all are the same."""
    name, want, got = wanted["name"], wanted["arguments"], made["arguments"]
    for argument in sorted(want.keys() - got.keys()):
        return f"'{name}' lacks '{argument}'."
    for argument in sorted(got.keys() - want.keys()):
        return f"'{name}' was given '{argument}', which nobody asked for."
    for argument in sorted(want):
        if not same(want[argument], got[argument]):
            return f"'{argument}' of '{name}' is {got[argument]!r} instead of {want[argument]!r}."
    return ""


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0 but not true; texts are compared in NFC and without outer spaces."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return normal(one) == normal(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
