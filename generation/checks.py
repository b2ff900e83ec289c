"""What every text is checked for before anybody relies on it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brands.cards import facts_in
from training.scoring.fidelity import normal, occurring, score


def check_text(text: str, facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """{"language_match", "banned", "facts", "passed"}: the brand's rules, and which of its facts the text uses."""
    known = facts_in(facts, language)
    used = {field: occurring(as_list(known[field]), normal(text)) for field in known if known[field]}
    names = [item for field in known for item in as_list(known[field])]
    verdict = score(text, {"required": [], "any": [names], "foreign": [], "banned": facts["banned_words"]}, language)
    return {
        "language_match": verdict.language_match,
        "banned": verdict.banned,
        "facts": {field: found for field, found in used.items() if found},
        "passed": bool(text) and verdict.language_match and not verdict.banned,
    }


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
