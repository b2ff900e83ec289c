"""What changed between two declarations of a tool, argument by argument, and whether rows can follow by themselves.

A change is *mechanical* when every call that fitted the old declaration fits the new one, once its arguments are
renamed, dropped or filled in as the change says. For any other, rows whose values happen to fit may follow, and a
person decides about the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from training.argument_changes import NOTES, ToolChange, one_argument, shown
from training.tool_schemas import problem, properties

Tool = Mapping[str, Any]
Schema = Mapping[str, Any]
ALIKE = 0.6  # of 1: how much a new name or description must be like the old one to be taken for it
PLAIN_RULES = {"type", "$defs", "definitions"}
LOOK = "Look at the rows whose calls do not fit, and correct them by hand."
ABSENT = object()


def changes(before: Tool, after: Tool, renames: Mapping[str, str] | None = None) -> list[ToolChange]:
    """What changed, in the order of the old arguments, new ones last.

    `renames` has what a person says: {old: new}, or {old: ""} for one that was removed whatever looks like it.
    """
    renamed = renamed_arguments(before, after, renames or {})
    old, new = properties(before), properties(after)
    found = list(whole_tool(before, after))
    for name in old:
        target = renamed.get(name, name if name in new and name not in renamed.values() else "")
        if not target:
            found.append(ToolChange("removed", name, True, f"The argument '{name}' was removed."))
            continue
        if target != name:
            said = f"The argument '{name}' is now called '{target}'."
            found.append(ToolChange("renamed", name, True, said, new_name=target))
        found += one_argument(name, old[name], new[target])
        found += need(name, target, before, after)
    kept = {renamed.get(name, name) for name in old if name in renamed or name not in renamed.values()}
    found += [added(name, after) for name in new if name not in kept]
    if before != after and not found:
        found.append(ToolChange("written", "", True, "The declaration is written differently and means the same."))
    return found


def renamed_arguments(before: Tool, after: Tool, said: Mapping[str, str]) -> dict[str, str]:
    """{old name: new name}: what a person said first, then the pairs of one type that are most alike."""
    old, new = properties(before), properties(after)
    found: dict[str, str] = {}
    for a, b in said.items():
        if a in old and b in new and b not in (a, *found.values()) and (b not in old or b in said):
            found[a] = b
    gone = [name for name in old if name not in new and name not in said]
    come = [name for name in new if name not in old and name not in found.values()]
    pairs = sorted(((likeness(a, old[a], b, new[b]), a, b) for a in gone for b in come), key=lambda pair: -pair[0])
    for alike, a, b in pairs:
        if alike >= ALIKE and a not in found and b not in found.values():
            found[a] = b
    return found


def likeness(name: str, old: Any, other: str, new: Any) -> float:
    """From 0 to 1: how probably the one is the other under a new name; 0 where their types differ."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or old.get("type") != new.get("type"):
        return 0.0
    short, long = sorted((name.lower(), other.lower()), key=len)
    names = 0.9 if len(short) > 2 and short in long else SequenceMatcher(None, short, long, autojunk=False).ratio()
    words = str(old.get("description") or "")[:300], str(new.get("description") or "")[:300]
    return max(names, SequenceMatcher(None, *words, autojunk=False).ratio() - 0.1 if all(words) else 0.0)


def whole_tool(before: Tool, after: Tool) -> Iterator[ToolChange]:
    """Changes that no single argument has: the description, and rules about all arguments at once."""
    if before["function"].get("description", "") != after["function"].get("description", ""):
        yield ToolChange("description", "", True, "The description of the tool changed.")
    old, new = common_rules(before), common_rules(after)
    differ = properties(before).keys() != properties(after).keys()
    if old != new:
        yield ToolChange("rules", "", False, "The rules about all arguments together changed.", LOOK)
    elif (differ and not old.keys() <= PLAIN_RULES) or (before != after and refers_around(parameters(after))):
        yield ToolChange("rules", "", False, "Some rules are about several arguments together.", LOOK)


def common_rules(tool: Tool) -> dict[str, Any]:
    """What the parameters say about all arguments at once."""
    rules = {k: v for k, v in parameters(tool).items() if k not in (*NOTES, "properties", "required", "$schema")}
    if rules.get("additionalProperties") is False:
        del rules["additionalProperties"]
    undeclared = sorted(set(required(tool)) - properties(tool).keys())
    return rules | ({"required": undeclared} if undeclared else {})


def refers_around(schema: Any) -> bool:
    """Whether a part of the schema stands for another that is none of its `$defs`."""
    if isinstance(schema, list):
        return any(map(refers_around, schema))
    if not isinstance(schema, Mapping):
        return False
    target = schema.get("$ref")
    around = isinstance(target, str) and not target.startswith(("#/$defs/", "#/definitions/"))
    return around or "$dynamicRef" in schema or any(map(refers_around, schema.values()))


def need(name: str, target: str, before: Tool, after: Tool) -> Iterator[ToolChange]:
    """Whether the argument has become required, or optional."""
    was, now = name in required(before), target in required(after)
    if was and not now:
        yield ToolChange("optional", name, True, f"'{target}' may now be left out.")
    if now and not was:
        default = usable_default(after, target)
        if default is not ABSENT:
            said = f"'{target}' is now required; calls without it get its default, {shown(default)}."
            yield ToolChange("required", name, True, said, new_name=target, default=default)
        else:
            cure = f"Write a value for '{target}' in the calls that lack it."
            yield ToolChange("required", name, False, f"'{target}' is now required.", cure, new_name=target)


def added(name: str, after: Tool) -> ToolChange:
    if name not in required(after):
        return ToolChange("added", name, True, f"The optional argument '{name}' was added.")
    default = usable_default(after, name)
    if default is not ABSENT:
        said = f"The required argument '{name}' was added; calls get its default, {shown(default)}."
        return ToolChange("added_required", name, True, said, new_name=name, default=default)
    cure = f"Write a value for '{name}' in every call, or give it a default."
    return ToolChange("added_required", name, False, f"The required argument '{name}' was added.", cure, new_name=name)


def usable_default(tool: Tool, name: str) -> Any:
    """The default of an argument where it has one that fits its own schema; else `ABSENT`."""
    schema = properties(tool)[name]
    if not isinstance(schema, Mapping) or "default" not in schema:
        return ABSENT
    rules = {key: parameters(tool)[key] for key in ("$defs", "definitions") if key in parameters(tool)}
    return ABSENT if problem(schema["default"], rules | dict(schema)) else schema["default"]


def parameters(tool: Tool) -> dict[str, Any]:
    return dict(tool["function"].get("parameters") or {"type": "object"})


def required(tool: Tool) -> list[str]:
    return list(parameters(tool).get("required") or ())
