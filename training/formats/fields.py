"""Values out of a foreign record: each is checked, and the place is named when it is not what was asked for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from training.errors import UnreadableRow

Record = Mapping[str, Any]
MAX_DEPTH = 50
UNHOLDABLE = re.compile("[\x00\ud800-\udfff]")


def present(record: Record, key: str) -> bool:
    """Whether the record says anything under `key`: null is as good as nothing."""
    return record.get(key) is not None


def text(record: Record, key: str, place: str = "") -> str:
    """The text under `key`, as it stands; raises `UnreadableRow` where there is none."""
    place, found = place or key, record.get(key)
    if found is None:
        raise UnreadableRow(f"The field '{place}' is missing. Every row of this format needs it.", place)
    if not isinstance(found, str):
        raise UnreadableRow(f"The field '{place}' is {kind(found)}. Write a text there.", place)
    return found


def first_text(record: Record, *keys: str) -> str:
    """The text under the first of `keys` that the record has; the first key is named where it has none."""
    return text(record, next((key for key in keys if present(record, key)), keys[0]))


def entries(value: Any, place: str) -> list[Any]:
    """The list that `value` is; raises `UnreadableRow` when it is none."""
    if not isinstance(value, list):
        raise UnreadableRow(f"The field '{place}' is {kind(value)}. Write a list there.", place)
    return value


def mapping(value: Any, place: str) -> Record:
    """The object that `value` is; raises `UnreadableRow` when it is none."""
    if not isinstance(value, Mapping):
        raise UnreadableRow(f"The field '{place}' is {kind(value)}. Write an object there.", place)
    return value


def kind(value: Any) -> str:
    """What a value is, in a word a person knows."""
    names = {str: "a text", bool: "true or false", dict: "an object", list: "a list", type(None): "missing"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "no JSON")


def read_json(written: str, place: str) -> Any:
    """The value of a JSON text; raises `UnreadableRow` also for doubled keys and what `check_sound` refuses."""
    try:
        found = json.loads(written, parse_constant=not_json, object_pairs_hook=once)
    except RecursionError:
        refuse(place, f"is nested deeper than {MAX_DEPTH} levels. Flatten it")
    except ValueError as error:
        refuse(place, f"is no JSON ({error}). Correct it in the source")
    check_sound(found, place)
    return found


def not_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; raises ValueError for a key that stands twice, which would lose a value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key '{next(name for name in names if names.count(name) > 1)}' stands twice")
    return found


def check_sound(value: Any, place: str) -> None:
    """Raises `UnreadableRow` for what a database cannot hold.

    That is nesting beyond 50 levels, NaN and infinity, NUL characters, lone surrogates, and what is no JSON.
    """
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            refuse(place, f"is nested deeper than {MAX_DEPTH} levels. Flatten it")
        for item in level:
            check_one(item, place)
        level = [inner for item in level for inner in inside(item)]
        depth += 1


def inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def check_one(value: Any, place: str) -> None:
    if isinstance(value, str):
        if UNHOLDABLE.search(value):
            refuse(place, "holds a NUL character or half of a surrogate pair. Remove it")
    elif isinstance(value, float):
        if not math.isfinite(value):
            refuse(place, f"holds the number {value}. Write a finite number or null")
    elif not isinstance(value, Mapping | list | int | None):
        refuse(place, f"holds a value that is no JSON ({type(value).__name__}). Write it as text")


def refuse(place: str, what: str) -> NoReturn:
    raise UnreadableRow(f"The field '{place}' {what}.", place)


def json_text(value: Any) -> str:
    """A value as JSON text, other scripts than Latin readable."""
    return json.dumps(value, ensure_ascii=False)
