"""How one argument of a tool changed: its type, its choices, its limits, or only what is said about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NOTES = ("description", "title", "default", "examples", "$comment", "deprecated")


@dataclass(frozen=True)
class ToolChange:
    """One thing that changed. `argument` is its old name (empty: the whole tool), `new_name` what it is called now."""

    kind: str
    argument: str
    mechanical: bool
    sentence: str
    cure: str = ""
    new_name: str = ""
    default: Any = None

    def as_json(self) -> dict[str, Any]:
        told = {"kind": self.kind, "argument": self.argument, "mechanical": self.mechanical, "sentence": self.sentence}
        return told | ({"cure": self.cure} if self.cure else {}) | ({"to": self.new_name} if self.new_name else {})


def one_argument(name: str, old: Any, new: Any) -> Iterator[ToolChange]:
    """How an argument's own schema changed."""
    if old == new:
        return
    if bones(old) == bones(new):
        yield ToolChange("description", name, True, f"The description or the default of '{name}' changed.")
        return
    was, became = dict(bones(old)), dict(bones(new))
    choices = was.pop("enum", None), became.pop("enum", None)
    types = was.pop("type", None), became.pop("type", None)
    if types[0] != types[1]:
        said = f"The type of '{name}' was {shown(types[0])} and is {shown(types[1])}."
        cure = "" if wider(*types) else f"Write the values of '{name}' that do not fit as {shown(types[1])}."
        yield ToolChange("type", name, not cure, said, cure)
    if choices[0] != choices[1]:
        yield from choices_changed(name, *choices)
    if was != became:
        cure = f"Look at the rows whose '{name}' does not fit, and correct it by hand."
        yield ToolChange("limits", name, False, f"The limits of '{name}' changed.", cure)


def choices_changed(name: str, old: Any, new: Any) -> Iterator[ToolChange]:
    if new is None:
        yield ToolChange("choices_added", name, True, f"'{name}' may now be anything of its type.")
        return
    if not isinstance(new, list) or not isinstance(old, list | None):
        yield ToolChange("limits", name, False, f"The limits of '{name}' changed.", "Correct the declaration.")
        return
    keys = {written(choice) for choice in old or ()}, {written(choice) for choice in new}
    if more := [choice for choice in new if old is not None and written(choice) not in keys[0]]:
        yield ToolChange("choices_added", name, True, f"'{name}' may now also be {shown(*more)}.")
    fewer = [choice for choice in old or () if written(choice) not in keys[1]]
    if fewer or old is None:
        said = f"'{name}' may no longer be {shown(*fewer)}." if fewer else f"'{name}' must now be {shown(*new)}."
        cure = f"Choose another value for '{name}' in the rows that hold one which is no longer allowed."
        yield ToolChange("choices_removed", name, False, said, cure)
    elif not more:
        yield ToolChange("written", name, True, f"The choices of '{name}' stand in another order.")


def bones(schema: Any) -> dict[str, Any]:
    """The schema without what only explains it: two with the same bones take the same values."""
    if not isinstance(schema, Mapping):
        return {"is": schema}
    found = {key: value for key, value in schema.items() if key not in NOTES}
    if isinstance(found.get("properties"), Mapping):
        found["properties"] = {name: bones(inner) for name, inner in found["properties"].items()}
    if isinstance(found.get("items"), Mapping):
        found["items"] = bones(found["items"])
    return found


def wider(old: Any, new: Any) -> bool:
    """Whether every value of the old type (a name, a list of names, None for any) is of the new one."""
    if new is None:
        return True
    was, now = ({kind} if isinstance(kind, str) else set(kind or ()) for kind in (old, new))
    return bool(was) and all(kind in now or (kind == "integer" and "number" in now) for kind in was)


def written(value: Any) -> str:
    """The value as JSON: True and 1 are two values there."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def shown(*values: Any) -> str:
    """Values for a sentence, the first five of them."""
    texts = [json.dumps(value, ensure_ascii=False) if value is not None else "any" for value in values]
    return ", ".join(text if len(text) <= 60 else f"{text[:59]}…" for text in texts[:5]) + (
        f" and {len(texts) - 5} more" if len(texts) > 5 else ""
    )
