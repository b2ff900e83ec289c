"""What the checks find in examples, kept as rows so that curators can filter by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training import row_checks
from training.models import Example, Finding, Tool
from training.row_checks import Surroundings, check_row

CurrentTools = Mapping[str, tuple[int, Mapping[str, Any]]]


def current_tools(team: Any) -> dict[str, tuple[int, Mapping[str, Any]]]:
    """A team's tools as they are now: {name: (version, declaration)}. `team` is one, or its key."""
    rows = Tool.objects.filter(team=team).order_by("version")
    return {name: (version, schema) for name, version, schema in rows.values_list("name", "version", "schema")}


def findings_of(example: Example, tools: CurrentTools | None = None) -> list[Finding]:
    """What the checks find in an example, not saved yet; with the `current_tools`, also which of its own are stale."""
    banned = tuple(example.brand.banned_words) if example.brand else ()
    row = {
        "messages": example.messages,
        "tools": example.tools,
        "task": example.task,
        "language": example.language,
        "context": example.context,
        "expected": example.expected,
        "split": example.split,
        "group": example.group,
        "brand": example.brand.slug if example.brand else "",
    }
    found = check_row(row, Surroundings(banned_words=banned, tools=tools or {}))
    return [finding_row(example.pk, each, example) for each in found]


def finding_row(pk: Any, found: row_checks.Finding, example: Example | None = None) -> Finding:
    """The finding as a row that is not saved yet, of the example or of the one with that key."""
    of: dict[str, Any] = {"example": example} if example is not None else {"example_id": pk}
    return Finding(
        **of,
        code=found.code,
        severity=found.severity,
        where=found.where[:200],
        message=found.message,
        cure=found.cure,
    )


def check_again(example: Example) -> None:
    """Replace the example's findings by those of what it says now."""
    example.findings.all().delete()
    Finding.objects.bulk_create(findings_of(example, current_tools(example.dataset.team_id)))
