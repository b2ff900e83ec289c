"""A version's statistics as a page draws them: bars, histograms, the coverage of arguments, and gaps.

Tolerant on purpose: whatever the column holds, a page comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _l

from brands.admin.pieces import facts, number, plain, words
from training.admin.histogram import histogram
from training.admin.measure_names import kind_name

TITLES = {
    "brand": _l("Brand"),
    "calls": _l("Calls in an answer"),
    "kind": _l("What is tested"),
    "language": _l("Language"),
    "split": _l("Split"),
    "synthetic": _l("Synthetic"),
    "task": _l("Task"),
    "tool": _l("Tool"),
    "turns": _l("Turns of the person"),
}
LENGTHS = {"request": _l("Characters of a request"), "answer": _l("Characters of an answer")}
BY_NAME = {"tool", "brand"}
NOTHING = {"brand": _l("No brand"), "language": _l("Not said")}
IN_ORDER = {"turns", "calls"}
DRAWN = {"lengths", "arguments", "gaps"}
MOST_BARS = 200
FIRST_BARS = 10
FIRST_GAPS = 8
OPEN_TOOLS = 3
MOST_CHOICES = 40
WEIGHTS = {"error": _l("not learned"), "warning": _l("look")}


def statistics_page(statistics: Any, versions: Any) -> dict[str, Any]:
    """What the template draws. `versions` has the version number of each tool by its name."""
    bars, rest = split_statistics(statistics)
    found = statistics if isinstance(statistics, Mapping) else {}
    lengths = mapping(found.get("lengths"))
    drawn = [histogram(str(title), lengths.get(name)) for name, title in LENGTHS.items()]
    gaps = gap_rows(found.get("gaps"))
    return {
        "bars": bars,
        "facts": facts(rest),
        "histograms": [each for each in drawn if each],
        "tools": tool_rows(found.get("arguments"), mapping(versions)),
        "gaps": gaps[:FIRST_GAPS],
        "more_gaps": gaps[FIRST_GAPS:],
        "looked": isinstance(found.get("gaps"), list),
    }


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def split_statistics(statistics: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The counts that can be drawn as bars, and the rest as facts; so is a count with one value."""
    bars, rest = [], {}
    for name, value in mapping(statistics).items():
        if name in DRAWN:
            continue
        counts = {k: number(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
        if name == "kind" and len(counts) > 1:
            counts.pop("none", None)  # rows that are learned from test nothing
        title = str(TITLES.get(name) or words(name))
        if not counts or any(count is None or count < 0 for count in counts.values()):
            rest[title] = value
        elif len(counts) == 1:
            rest[title] = value_label(name, *counts)
        else:
            rows = bar_rows(name, {k: v or 0.0 for k, v in counts.items()})
            bars.append({"title": title, "rows": rows[:FIRST_BARS], "more": rows[FIRST_BARS:]})
    return bars, rest


def bar_rows(name: str, counts: Mapping[str, float]) -> list[dict[str, str]]:
    highest = max(counts.values()) or 1.0
    ordered = list(counts.items()) if name in IN_ORDER else sorted(counts.items(), key=lambda pair: -pair[1])
    return [
        {
            "label": value_label(name, value),
            "count": plain(int(count) if count == int(count) else count),
            "width": f"{100 * count / highest:.1f}",
        }
        for value, count in ordered[:MOST_BARS]
    ]


def value_label(name: str, value: str) -> str:
    """What is counted under `name`, as people read it; tools and brands by the names they go by."""
    if value == "none":
        return str(NOTHING.get(name) or bar_label(value))
    if name in BY_NAME:
        return value
    return kind_name(value) if name == "kind" else bar_label(value)


def bar_label(name: str) -> str:
    """A value in words: a language by its name, True as yes."""
    languages = dict(settings.LANGUAGES)
    if name in languages:
        return str(gettext(str(languages[name])))
    return plain(name) if name in ("True", "False") else words(name) or "—"


def gap_rows(gaps: Any) -> list[dict[str, Any]]:
    return [
        {
            "weight": gap.get("weight"),
            "word": WEIGHTS.get(str(gap.get("weight")), ""),
            "message": str(gap.get("message") or ""),
            "cure": str(gap.get("cure") or ""),
        }
        for gap in (gaps if isinstance(gaps, list) else ())
        if isinstance(gap, Mapping)
    ]


def tool_rows(tools: Any, versions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each tool with its arguments and how often they are given; a few tools are open from the start."""
    rows = []
    for name, tool in mapping(tools).items():
        calls, found = count(mapping(tool), "train"), mapping(mapping(tool).get("arguments"))
        rows.append(
            {
                "name": versioned(name, versions),
                "calls": ngettext("%(count)s call to learn from", "%(count)s calls to learn from", calls)
                % {"count": calls},
                "held_out": count(mapping(tool), "held_out"),
                "arguments": [argument_row(key, mapping(value), calls) for key, value in found.items()],
            }
        )
    for row in rows:
        row["open"] = len(rows) <= OPEN_TOOLS
    return rows


def argument_row(name: str, told: Mapping[str, Any], calls: int) -> dict[str, Any]:
    given = count(told, "train")
    share = min(1.0, given / calls) if calls else 0.0
    return {
        "name": name,
        "type": plain(told.get("type")),
        "required": bool(told.get("required")),
        "given": given,
        "percent": f"{100 * share:.0f}\u00a0%",
        "width": f"{100 * share:.1f}",
        "held_out": count(told, "held_out"),
        "distinct": count(told, "distinct"),
        "choices": count(told, "choices"),
        "unused": choices(told, "unused"),
        "untrained": choices(told, "untrained"),
    }


def choices(told: Mapping[str, Any], name: str) -> list[str]:
    found = told.get(name)
    return [str(each) for each in found[:MOST_CHOICES]] if isinstance(found, list) else []


def count(told: Mapping[str, Any], name: str) -> int:
    return value if type(value := told.get(name)) is int and value >= 0 else 0


def versioned(name: str, versions: Mapping[str, Any]) -> str:
    """ "play_song v2", or the name alone where its version is not known."""
    return f"{name} v{versions[name]}" if type(versions.get(name)) is int else name
