"""What makes two examples the same row."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def content_hash(split: str, messages: Any, context: str) -> str:
    """SHA-256 of the conversation, the context it is read in and its side of the split."""
    content = [split, messages, context]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
