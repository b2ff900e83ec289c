"""The brand card: a brand's facts in one language, as the block of text a model reads.

Pure: `facts` is a plain mapping with the fields of a brand (see `FIELDS`), lists where the brand has
several, and `translations`: {"th": {field: value}} overriding them in that language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS = (
    "name",
    "industry",
    "description",
    "tone",
    "target_audience",
    "core_values",
    "visual_style",
    "products",
    "hashtags",
)
LABELS = {
    "en": ("Brand", "Industry", "About", "Tone", "Audience", "Values", "Style", "Products", "Hashtags"),
    "th": ("แบรนด์", "ธุรกิจ", "เกี่ยวกับ", "น้ำเสียง", "กลุ่มเป้าหมาย", "คุณค่า", "ภาพลักษณ์", "สินค้า", "แฮชแท็ก"),
}
FIELD_OF = {label: field for labels in LABELS.values() for field, label in zip(FIELDS, labels, strict=True)}
SINGLE = {"name", "industry", "description", "target_audience", "visual_style"}


def facts_in(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The brand's facts with the translations of that language laid over them, where they exist."""
    translated = (facts.get("translations") or {}).get(language) or {}
    return {field: translated.get(field) or facts.get(field) or "" for field in FIELDS}


def fact_text(field: str, value: Any) -> str:
    """One fact as it stands on the card: lists joined by '; ', hashtags by spaces."""
    if isinstance(value, str):
        return value
    return (" " if field == "hashtags" else "; ").join(value)


def render(facts: Mapping[str, Any], language: str) -> str:
    """The card as labelled lines in `language` ("en" or "th"); facts the brand lacks are left out."""
    known = facts_in(facts, language)
    labels = dict(zip(FIELDS, LABELS[language], strict=True))
    return "\n".join(f"{labels[field]}: {fact_text(field, known[field])}" for field in FIELDS if known[field])


def read_card(card: str) -> dict[str, list[str]]:
    """The facts of a rendered card by field, in either language; lines without a label are left out."""
    found: dict[str, list[str]] = {}
    for line in card.splitlines():
        label, _, text = line.partition(": ")
        if text and (field := FIELD_OF.get(label)):
            found[field] = [text] if field in SINGLE else text.split(" " if field == "hashtags" else "; ")
    return found
