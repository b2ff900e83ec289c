"""What a record says beside its format's own fields: the columns of an example, and whatever else there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from training.formats.canonical import Canonical, Message, Tool
from training.formats.fields import Record, check_sound

SPLITS = ("train", "held_out")


def up_to(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= most


# What fits the example's column of that name; a foreign column that merely has its name goes to the extras.
FITS: dict[str, Callable[[Any], bool]] = {
    "task": up_to(40),
    "language": up_to(8),
    "group": up_to(120),
    "brand": up_to(50),
    "context": lambda value: isinstance(value, str),
    "expected": lambda value: isinstance(value, dict),
    "split": lambda value: value in SPLITS if isinstance(value, str) else False,
    "kind": up_to(40),
    "synthetic": lambda value: isinstance(value, bool),
    "source": up_to(200),
}
FIELDS = ("task", "language", "group")


def canonical(
    record: Record,
    own: Collection[str],
    messages: list[Message],
    tools: Sequence[Tool] = (),
    *,
    task: str = "",
    details: dict[str, Any] | None = None,
) -> Canonical:
    """The row of a record: `own` are the fields its format has read, `task` what it is when the record does not say.

    In `details` are the columns of an example, `details` as given, and as "extra" every other field of the record.
    Raises `UnreadableRow` for a field that no database can hold.
    """
    for key, value in record.items():
        check_sound({key: value}, key)
    beside = {key: value for key, value in record.items() if key not in own}
    known = {key: value for key, value in beside.items() if key in FITS and FITS[key](value)}
    extra = {key: value for key, value in beside.items() if key not in known and not (key in FITS and value in NOTHING)}
    return Canonical(
        messages=messages,
        tools=list(tools),
        task=known.get("task") or task,
        language=known.get("language", ""),
        group=known.get("group", ""),
        details={
            **{key: value for key, value in known.items() if value and key not in FIELDS},
            **(details or {}),
            **({"extra": extra} if extra else {}),
        },
    )


NOTHING: tuple[Any, ...] = (None, "")


def columns(row: Canonical, own: Collection[str], *, task: str = "") -> dict[str, Any]:
    """The way back: what is to stand in a record beside its format's `own` fields, the default task left out."""
    known = {"task": row.task, "language": row.language, "group": row.group} | {
        key: row.details[key] for key in FITS if key in row.details
    }
    said = {key: value for key, value in known.items() if value and (key, value) != ("task", task)}
    extra = row.details.get("extra")
    every = (extra if isinstance(extra, dict) else {}) | said
    return {key: value for key, value in every.items() if key not in own}
