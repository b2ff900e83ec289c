"""The one shape of an example inside AI Director; every format is a way into it and, where it can hold it, out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
Tool = dict[str, Any]


@dataclass(frozen=True)
class Canonical:
    """OpenAI-style `messages` and the declarations of the `tools` they may call.

    A message is {"role": "system" | "user" | "assistant" | "tool", "content": text}; an assistant's may have
    "tool_calls": [{"type": "function", "function": {"name": text, "arguments": object}}], a tool's its "name".
    Arguments are objects, never JSON text. `task`, `language` and `group` are empty where the source does not say;
    rows with the same `group` belong on one side of a split. `details` holds what the source knows beyond this.
    """

    messages: list[Message]
    tools: list[Tool] = field(default_factory=list)
    task: str = ""
    language: str = ""
    group: str = ""
    details: dict[str, Any] = field(default_factory=dict)
