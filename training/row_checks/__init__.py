"""What may be wrong with a row, said as data: each finding has its place, a severity, a sentence and a cure.

A family of checks is one module with its `KINDS` and a `check(row, surroundings)`. `CODES` names everything that
can be found, so that pages can list and filter by it. Pure, and safe with whatever JSON a row holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.row_checks import (
    brand,
    calls,
    characters,
    endings,
    language,
    length,
    mojibake,
    order,
    personal,
    shape,
    stale,
    thai,
    tools,
    written,
)
from training.row_checks.findings import Finding, Severity, Surroundings

__all__ = ["CODES", "Finding", "Severity", "Surroundings", "check_row"]

FAMILIES = (shape, order, endings, tools, calls, stale, written, characters, mojibake, thai, language, personal, brand)
CODES: dict[str, tuple[Severity, str]] = {
    kind.code: (kind.severity, kind.title) for family in (*FAMILIES, length) for kind in family.KINDS
}


def check_row(row: Mapping[str, Any], surroundings: Surroundings) -> list[Finding]:
    """Everything that is wrong with a frozen row, in the order of the checks; never raises for what a row holds.

    The row is {"messages", "tools", "task", "language", "context", "expected", "split", "group", "brand"}, and may
    lack any of them.
    """
    row = row if isinstance(row, Mapping) else {}
    found = [finding for family in FAMILIES for finding in family.check(row, surroundings)]
    if not any(finding.severity == "error" for finding in found):
        found += length.check(row, surroundings)
    return found
