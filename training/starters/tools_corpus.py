"""Random tools: what the starter executor learns to read.

Five shapes of tool are drawn from the lexicon: an action on a thing with arguments, a control with an
action enum, a switch, a search with an optional type, and a tool without arguments. Names are written in
several conventions, and some things are invented words, so that the model learns to match a request to a
declaration instead of remembering tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from training.starters.lexicon import ACTIONS, KINDS, RICH_ACTIONS, THINGS, Action, Kind, Thing
from training.starters.words import Wider, invented, is_rich, word

PRIMARY_NAMES = (
    "name",
    "title",
    "query",
    "item",
    "text",
    "{thing}",
    "{thing}_name",
    "{thing}_title",
    "subject",
)
SHAPES = ("action", "action", "action", "action", "action", "action", "control", "switch", "search", "bare")


@dataclass(frozen=True)
class Argument:
    """A parameter, how it is announced (`kind`; None for the tool's primary object) and its schema."""

    name: str
    schema: dict[str, Any]
    kind: Kind | None = None
    required: bool = False


@dataclass(frozen=True)
class ToolSpec:
    """A tool with what is needed to ask for it in words."""

    shape: str
    action: Action
    thing: Thing
    name: str
    description: str
    arguments: tuple[Argument, ...]
    options: tuple[Action, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The tool as an OpenAI-style function declaration."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": {
                    "type": "object",
                    "properties": {a.name: a.schema for a in self.arguments},
                    "required": [a.name for a in self.arguments if a.required],
                },
            },
        }


def tool_set(random: Random, count: int) -> list[ToolSpec]:
    """`count` tools with distinct names; often siblings that share a thing or an action."""
    tools: list[ToolSpec] = []
    while len(tools) < count:
        sibling = random.choice(tools) if tools and random.random() < 0.4 else None
        thing = sibling.thing if sibling and random.random() < 0.7 else draw_thing(random)
        action = sibling.action if sibling and thing is not sibling.thing else random.choice(actions(random))
        candidate = draw_tool(random, action, thing)
        clash = any(t.name == candidate.name or (t.action, t.thing) == (action, thing) for t in tools)
        if not clash:
            tools.append(candidate)
    return tools


def actions(random: Random) -> list[Action]:
    return RICH_ACTIONS if is_rich(random) else ACTIONS


def draw_thing(random: Random) -> Thing:
    if random.random() < 0.2:
        plain = isinstance(random, Wider)  # a name with a hyphen or an apostrophe is no name of a tool
        made_up = invented(random) if plain or random.random() < 0.6 else word(random)
        return Thing(made_up, (made_up,), (made_up,))
    return random.choice(THINGS)


def draw_tool(random: Random, action: Action, thing: Thing) -> ToolSpec:
    shape = random.choice(SHAPES)
    builder = {"control": control, "switch": switch, "search": search, "bare": bare}.get(shape, act)
    return builder(random, action, thing)


def named(random: Random, first: str, second: str) -> str:
    """A tool name in one of the conventions programs use."""
    style = random.random()
    if style < 0.75:
        return f"{first}_{second}"
    if style < 0.85:
        return f"{first}{second.capitalize()}"
    return f"{second}_{first}"


def described(random: Random, action: Action, thing: Thing, tail: str = "") -> str:
    verb = action.name.capitalize() if random.random() < 0.7 else action.english[0].capitalize()
    article = random.choice(("a", "the", "one", "a new", "the user's"))
    return f"{verb} {article} {thing.english[0]}{tail}"


def string(random: Random, name: str, thing: Thing) -> dict[str, Any]:
    spoken = name.replace("_", " ")
    forms = (
        f"{spoken} of the {thing.english[0]}",
        f"the {spoken}",
        spoken.capitalize(),
        f"{spoken} (optional)",
    )
    return {"type": "string", "description": random.choice(forms)}


def extras(random: Random, thing: Thing, taken: set[str], most: int) -> list[Argument]:
    """Up to `most` further arguments of different kinds."""
    found = []
    for kind in random.sample(KINDS, random.randint(0, most)):
        name = random.choice(kind.names)
        if name in taken:
            continue
        taken.update(kind.names)
        schema = string(random, name, thing) | {"type": kind.type}
        found.append(Argument(name, schema, kind, required=random.random() < 0.15))
    return found


def act(random: Random, action: Action, thing: Thing) -> ToolSpec:
    spoken = thing.name.replace(" ", "_")
    primary = random.choice(PRIMARY_NAMES).format(thing=spoken)
    arguments = [Argument(primary, string(random, primary, thing), required=True)]
    taken = {primary, "title", "name"}
    arguments += extras(random, thing, taken, 3)
    random.shuffle(arguments)
    name = named(random, action.name, thing.name)
    tail = "" if random.random() < 0.6 else f" by {primary.replace('_', ' ')}"
    return ToolSpec("action", action, thing, name, described(random, action, thing, tail), tuple(arguments))


def control(random: Random, action: Action, thing: Thing) -> ToolSpec:
    options = tuple(random.sample(actions(random), random.randint(3, 6)))
    schema = {
        "type": "string",
        "enum": [o.name for o in options],
        "description": random.choice(("", "What to do")),
    }
    arguments = [Argument(random.choice(("action", "command", "operation")), schema, required=True)]
    name = random.choice((f"{thing.name}_control", f"control_{thing.name}", f"{thing.name}_action"))
    return ToolSpec("control", action, thing, name, f"Control the {thing.english[0]}", tuple(arguments), options)


def switch(random: Random, action: Action, thing: Thing) -> ToolSpec:
    name = random.choice(("enabled", "on", "active", "state"))
    arguments = (Argument(name, {"type": "boolean", "description": "On or off"}, required=True),)
    title = random.choice((f"toggle_{thing.name}", f"{thing.name}_switch", f"set_{thing.name}", thing.name))
    return ToolSpec("switch", action, thing, title, f"Turn the {thing.english[0]} on or off", arguments)


def search(random: Random, action: Action, thing: Thing) -> ToolSpec:
    finder = random.choice([a for a in ACTIONS if a.name in {"find", "search"}])
    types = random.sample(THINGS, random.randint(2, 5))
    primary = random.choice(("query", "text", "keyword", "q"))
    arguments = (
        Argument(primary, string(random, primary, thing), required=True),
        Argument("type", {"type": "string", "enum": [t.name for t in types], "description": "What to look for"}),
    )
    description = f"Search {thing.english[0]} by {primary}, " + " or ".join(t.name for t in types)
    return ToolSpec("search", finder, thing, f"{finder.name}_{thing.name}", description, arguments)


def bare(random: Random, action: Action, thing: Thing) -> ToolSpec:
    name = named(random, action.name, thing.name)
    return ToolSpec("bare", action, thing, name, described(random, action, thing), ())
