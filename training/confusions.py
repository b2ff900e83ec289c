"""What a model took for what: wrong tools and wrong arguments counted, and the advice that follows. Pure.

A confusion is {"wanted", "made", "count", "of", "example"}: a tool's name, or `tool.argument` where the tool was right;
`of` is how many held-out requests wanted it, `example` one of the requests that went wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from training.functiongemma import Parsed
from training.scorecards import question, read, wanted_calls
from training.scoring.calls import same

Row = dict[str, Any]
Confusion = dict[str, Any]
MOST = 12
NOTHING, ANOTHER = "no call", "another value"
LEFT_OUT, TOO_MUCH = "left out", "nobody asked for it"
FEW = 20  # held-out requests below which a tool's figure says little


def confusions(rows: Sequence[Row], answers: Sequence[str]) -> list[Confusion]:
    """The most frequent confusions first, at most twelve."""
    counted: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    asked = Counter(call["name"] for row in rows for call in wanted_calls(row))
    for row, answer in zip(rows, answers, strict=True):
        for pair in mistakes(wanted_calls(row), read(answer)):
            counted[pair] += 1
            examples.setdefault(pair, question(row)["messages"][-1]["content"])
    return [
        {
            "wanted": wanted,
            "made": made,
            "count": count,
            "of": asked[wanted.partition(".")[0]],
            "example": examples[wanted, made],
        }
        for (wanted, made), count in counted.most_common(MOST)
    ]


def mistakes(wanted: Sequence[dict[str, Any]], answer: Parsed | None) -> list[tuple[str, str]]:
    """(wanted, made) for each call that is not as wanted, call by call in order."""
    calls = [call.get("function", call) for call in answer.calls] if answer else []
    found = []
    for number, call in enumerate(wanted):
        made = calls[number] if number < len(calls) else None
        if made is None or made["name"] != call["name"]:
            found.append((call["name"], made["name"] if made else NOTHING))
        else:
            found += wrong_arguments(call, made)
    return found


def wrong_arguments(wanted: dict[str, Any], made: dict[str, Any]) -> list[tuple[str, str]]:
    asked, given = wanted["arguments"], made["arguments"]
    missing = [(f"{wanted['name']}.{name}", LEFT_OUT) for name in asked if name not in given]
    extra = [(f"{wanted['name']}.{name}", TOO_MUCH) for name in given if name not in asked]
    other = [
        (f"{wanted['name']}.{name}", ANOTHER) for name in asked if name in given and not same(asked[name], given[name])
    ]
    return [*missing, *extra, *other]


def advice(found: Sequence[Confusion], tools: dict[str, dict[str, float]]) -> list[str]:
    """What to do about it, most useful first; `tools` are the figures by tool."""
    said = [sentence(confusion) for confusion in found[:4]]
    few = [name for name, figure in tools.items() if figure["n"] < FEW]
    if few:
        said.append(f"Add held-out requests for {listed(few)}: fewer than {FEW} say little about a tool.")
    return said


def sentence(confusion: Confusion) -> str:
    wanted, made, count, of = (confusion[key] for key in ("wanted", "made", "count", "of"))
    tool, _, argument = wanted.partition(".")
    share = f"{count} of {of} requests"
    if argument:
        cure = {
            LEFT_OUT: f"add examples that give '{argument}' in more places of the sentence",
            TOO_MUCH: f"add examples of '{tool}' without '{argument}'",
            ANOTHER: f"add examples with more kinds of values for '{argument}', and other words around them",
        }[made]
        return f"'{argument}' of '{tool}' went wrong in {share} ({made}): {cure}."
    if made == NOTHING:
        return f"'{tool}' was not called in {share}: add examples in other words, short ones too."
    return f"'{tool}' was taken for '{made}' in {share}: add examples that tell the two apart, in the same stage."


def listed(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
