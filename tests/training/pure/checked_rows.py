"""Rows to break on purpose, and what the checks say about them."""

from __future__ import annotations

from typing import Any

from training.row_checks import Finding, Surroundings, check_row

VOLUME: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "set_volume",
        "description": "Set the volume",
        "parameters": {
            "type": "object",
            "properties": {
                "level": {"type": "integer", "minimum": 0, "maximum": 100, "description": "How loud"},
                "note": {"type": "string"},
            },
            "required": ["level"],
        },
    },
}


def said(role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def row(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"messages": list(messages), "tools": [], "split": "train", **more}


def talk(answer: str, asked: str = "Hello", **more: Any) -> dict[str, Any]:
    """A request and its answer in prose."""
    return row(said("user", asked), said("assistant", answer), **more)


def called(name: str, arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def call_row(arguments: Any, name: str = "set_volume", tools: Any = (VOLUME,), **more: Any) -> dict[str, Any]:
    """A request and the assistant's one call."""
    answer = said("assistant", "", tool_calls=[called(name, arguments)])
    return row(said("user", "Louder"), answer, **more) | {"tools": list(tools)}


def found(checked: Any, **surroundings: Any) -> list[Finding]:
    return check_row(checked, Surroundings(**surroundings))


def codes(checked: Any, **surroundings: Any) -> list[str]:
    """The codes of the findings, each once, in order of the alphabet."""
    return sorted({finding.code for finding in found(checked, **surroundings)})


def places(checked: Any, code: str, **surroundings: Any) -> list[str]:
    return [finding.where for finding in found(checked, **surroundings) if finding.code == code]
