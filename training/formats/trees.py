"""Conversation trees: nodes with what is said and what may be asked next; every written node is one example.

    {"id": "monads", "prompt": "What's a monad?", "root": "start",
     "nodes": {"start": {"texts": ["A pattern."],
                         "choices": [{"text": "Example?", "confidence": 0.85, "target": "example"}, ...]},
               "example": {}}}

`nodes` may be a list of nodes with an "id" too, and a node may stand in its place: as `root`, or as a `target`. The
root is the first node where none is named. A node that is named and left empty, as "example" here, is not written yet.
A node that several choices lead to is told with the shortest of the ways to it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from training.errors import UnreadableRow
from training.formats import about
from training.formats.calls import Call, call
from training.formats.canonical import Canonical, Message, Tool
from training.formats.fields import Record, check_sound, first_text, present, text
from training.formats.tree_nodes import Node, flattened, is_written
from training.formats.turns import assistant, system, user

NAME = "trees"
TITLE = "Conversation trees"
TASK = "conversation"
LONGEST_PATH, LONGEST_NAME = 100, 120
NAMES, PROMPTS = ("id", "name", "tree"), ("prompt", "question")
OWN = (*NAMES, *PROMPTS, "system", "root", "nodes")


def tool(name: str, description: str, **arguments: dict[str, Any]) -> Tool:
    parameters = {"type": "object", "properties": arguments, "required": list(arguments)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = (
    tool(
        "add_text",
        "Say one part of the answer.",
        content={"type": "string", "description": "What is said"},
    ),
    tool(
        "add_choice",
        "Foresee one thing the user may say next.",
        text={"type": "string", "description": "The user's words"},
        confidence={"type": "number", "description": "How likely it is", "minimum": 0, "maximum": 1},
        target={"type": "string", "description": "The node it leads to"},
    ),
)


def recognises(record: Record) -> bool:
    return isinstance(record.get("nodes"), dict | list) or isinstance(record.get("root"), dict)


def read(record: Record) -> list[Canonical]:
    """One row for every written node, the way to it as earlier turns, in the group of the tree.

    Raises `UnreadableRow`, naming the node, for wrong numbers of texts or choices, a choice that leads nowhere or back
    to where it came from, and a node that nothing leads to.
    """
    for key, value in record.items():
        check_sound({key: value}, key)
    name, asked = first_text(record, *NAMES), first_text(record, *PROMPTS)
    if not name or len(name) > LONGEST_NAME:
        raise UnreadableRow(f"The tree's id has {len(name)} characters. Give it 1 to {LONGEST_NAME}.", "id")
    before = [system(text(record, "system"))] if present(record, "system") else []
    nodes, root = flattened(record)
    check_choices(nodes)
    check_reached(nodes, root)
    check_paths(nodes)
    base = about.canonical(record, OWN, [], TOOLS, task=TASK)
    return [
        Canonical(
            messages=messages,
            tools=list(TOOLS),
            task=base.task,
            language=base.language,
            group=name,
            details={**base.details, "node": node},
        )
        for node, messages in told(nodes, root, [*before, user(asked)])
    ]


def check_choices(nodes: dict[str, Node]) -> None:
    """Raises `UnreadableRow` for a choice whose target is no node."""
    for name, node in nodes.items():
        for choice in node.choices:
            if choice.target not in nodes:
                raise UnreadableRow(
                    f"The choice '{choice.text}' of the node '{name}' leads to '{choice.target}', which is no node."
                    f' Add the node, or "{choice.target}": {{}} where the tree is to end.',
                    name,
                )


def check_reached(nodes: dict[str, Node], root: str) -> None:
    """Raises `UnreadableRow` for a node that no way from the root leads to."""
    seen, waiting = {root}, [root]
    while waiting:
        for choice in nodes[waiting.pop()].choices:
            if choice.target not in seen:
                seen.add(choice.target)
                waiting.append(choice.target)
    if lost := next((name for name in nodes if name not in seen), None):
        raise UnreadableRow(f"Nothing leads from '{root}' to the node '{lost}'. Add a choice or remove it.", lost)


def check_paths(nodes: dict[str, Node]) -> None:
    """Raises `UnreadableRow` for a way that leads back to where it came from: what nothing enters is taken off."""
    entered = dict.fromkeys(nodes, 0)
    for node in nodes.values():
        for choice in node.choices:
            entered[choice.target] += 1
    free = [name for name, count in entered.items() if not count]
    while free:
        name = free.pop()
        del entered[name]
        for choice in nodes[name].choices:
            entered[choice.target] -= 1
            if not entered[choice.target]:
                free.append(choice.target)
    if entered:
        inner = circling(nodes, entered)
        raise UnreadableRow(f"The way from the node '{inner}' leads back to it. A tree must not go in circles.", inner)


def circling(nodes: dict[str, Node], left: dict[str, int]) -> str:
    """A node that lies on a circle: every node that is left is entered from another one, so going back meets it."""
    entered_from = {choice.target: name for name in left for choice in nodes[name].choices if choice.target in left}
    name, seen = next(iter(left)), set[str]()
    while name not in seen:
        seen.add(name)
        name = entered_from[name]
    return name


def told(nodes: dict[str, Node], root: str, opening: list[Message]) -> list[tuple[str, list[Message]]]:
    """Every written node with the conversation that ends in its answer."""
    found: list[tuple[str, list[Message]]] = []
    waiting, seen = deque([(root, opening)]), {root}
    while waiting:
        name, before = waiting.popleft()
        if not is_written(nodes[name]):
            continue
        if len(before) > 2 * LONGEST_PATH:
            raise UnreadableRow(f"The node '{name}' lies more than {LONGEST_PATH} answers deep. Part the tree.", name)
        messages = [*before, assistant("", answer(nodes[name]))]
        found.append((name, messages))
        for choice in nodes[name].choices:
            if choice.target not in seen:
                seen.add(choice.target)
                waiting.append((choice.target, [*messages, user(choice.text)]))
    return found


def answer(node: Node) -> list[Call]:
    """The calls of a node: its texts, then its choices."""
    texts = [call("add_text", {"content": said}) for said in node.texts]
    choices = [
        call("add_choice", {"text": choice.text, "confidence": choice.confidence, "target": choice.target})
        for choice in node.choices
    ]
    return [*texts, *choices]
