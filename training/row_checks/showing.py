"""Texts for people's eyes, with the signs that nobody sees named where they stand."""

from __future__ import annotations

import re

from training.row_checks.characters import ZERO_WIDTH, in_its_place

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def visible(text: str) -> str:
    """U+200B in brackets for a zero-width space; joiners of emoji and of scripts that need them stay as they are."""
    named = ZERO_WIDTH.sub(lambda sign: sign[0] if in_its_place(sign) else code(sign), text)
    return CONTROLS.sub(code, named)


def code(sign: re.Match[str]) -> str:
    return f"[U+{ord(sign[0]):04X}]"
