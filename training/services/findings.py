"""What the checks find in examples, kept as rows so that curators can filter by them."""

from __future__ import annotations

from training.models import Example, Finding
from training.row_checks import Surroundings, check_row


def findings_of(example: Example) -> list[Finding]:
    """What the checks find in an example, not saved yet."""
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
    found = check_row(row, Surroundings(banned_words=banned))
    return [
        Finding(
            example=example,
            code=each.code,
            severity=each.severity,
            where=each.where[:200],
            message=each.message,
            cure=each.cure,
        )
        for each in found
    ]


def check_again(example: Example) -> None:
    """Replace the example's findings by those of what it says now."""
    example.findings.all().delete()
    Finding.objects.bulk_create(findings_of(example))
