"""How a row is put to a model: the facts it may use stand before the first request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def with_context(messages: Sequence[dict[str, Any]], context: str) -> list[dict[str, Any]]:
    """A copy of the messages with `context` and a blank line before the first user message's content."""
    copied = [dict(message) for message in messages]
    first = next((message for message in copied if message["role"] == "user"), None)
    if context and first is not None:
        first["content"] = f"{context}\n\n{first['content']}"
    return copied
