"""The nodes of a conversation tree, taken out of whatever nesting they come in and checked one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.errors import UnreadableRow
from training.formats.fields import Record, mapping, present

MOST_NODES, MOST_TEXTS, CHOICES = 2000, 4, 3


@dataclass(frozen=True)
class Choice:
    """What a user may say next, how likely it is from 0 to 1, and the node it leads to."""

    text: str
    confidence: int | float
    target: str


@dataclass(frozen=True)
class Node:
    """What is said, and the choices that follow."""

    texts: tuple[str, ...]
    choices: tuple[Choice, ...]


def is_written(node: Node) -> bool:
    return bool(node.texts)


def flattened(record: Record) -> tuple[dict[str, Node], str]:
    """Every node by name, and the root's name; raises `UnreadableRow` naming the node that is wrong."""
    waiting = listed(record.get("nodes"))
    root = record.get("root")
    if isinstance(root, dict):
        waiting.insert(0, (named(root, "root"), root))
    if not waiting:
        raise UnreadableRow("The tree has no nodes. Write them under 'nodes'.", "nodes")
    first = root if isinstance(root, str) else waiting[0][0]
    found: dict[str, Node] = {}
    for name, value in waiting:  # grows by the nodes that stand in a target's place
        if name in found:
            raise UnreadableRow(f"The node '{name}' stands twice. Give each its own name.", name)
        found[name] = read_node(name, mapping(value, f"nodes.{name}"), waiting)
        if len(waiting) > MOST_NODES:
            raise UnreadableRow(f"The tree has more than {MOST_NODES} nodes. Part it.", "nodes")
    if first not in found:
        raise UnreadableRow(f"The root '{first}' is no node. Name one of the nodes.", "root")
    return found, first


def listed(nodes: Any) -> list[tuple[str, Any]]:
    if isinstance(nodes, list):
        return [(named(node, f"nodes[{number}]"), node) for number, node in enumerate(nodes)]
    return list(mapping(nodes, "nodes").items()) if nodes is not None else []


def named(node: Any, place: str) -> str:
    """The name a node gives itself."""
    inner = mapping(node, place)
    name = inner.get("id") or inner.get("name")
    if not isinstance(name, str):
        raise UnreadableRow(f"The node '{place}' has no name. Write one under 'id'.", place)
    return name


def read_node(name: str, node: Record, waiting: list[tuple[str, Any]]) -> Node:
    """A node; those that its choices hold in place of a target are added to `waiting`."""
    texts = node.get("texts") if present(node, "texts") else []
    choices = node.get("choices") if present(node, "choices") else []
    if not isinstance(texts, list) or not all(isinstance(said, str) for said in texts):
        raise UnreadableRow(f"The 'texts' of the node '{name}' are no list of texts. Write one.", name)
    if not isinstance(choices, list):
        raise UnreadableRow(f"The 'choices' of the node '{name}' are no list. Write one.", name)
    if not texts and not choices:
        return Node((), ())
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise UnreadableRow(f"The node '{name}' has {len(texts)} texts. Write 1 to {MOST_TEXTS}.", name)
    if len(choices) != CHOICES:
        raise UnreadableRow(f"The node '{name}' has {len(choices)} choices. Write exactly {CHOICES}.", name)
    return Node(tuple(texts), tuple(read_choice(name, choice, waiting) for choice in choices))


def read_choice(name: str, value: Any, waiting: list[tuple[str, Any]]) -> Choice:
    choice = value if isinstance(value, dict) else {}
    said, confidence, target = choice.get("text"), choice.get("confidence"), choice.get("target")
    if isinstance(target, dict):
        waiting.append((named(target, f"a target of {name}"), target))
        target = waiting[-1][0]
    if not isinstance(said, str) or not isinstance(target, str):
        raise UnreadableRow(f"A choice of the node '{name}' lacks its text or its target. Write both.", name)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise UnreadableRow(
            f"The confidence of the choice '{said}' of the node '{name}' is no number from 0 to 1. Write one.", name
        )
    return Choice(said, confidence, target)
