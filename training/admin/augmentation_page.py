"""What the page of an augmentation says: what came of it, and the first new rows beside those they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _l

from brands.admin.pieces import address, link, list_address, state_badge
from training.admin.conversation import turns
from training.admin.run_page import percent
from training.models import Augmentation, Example
from training.services.augmentation import skips_path
from training.services.new_rows import is_dry_run

OUTCOMES = {
    "attempts": _l("Attempts"),
    "made": _l("New rows"),
    "duplicate": _l("Left out: here already"),
    "near_duplicate": _l("Left out: nearly the same as another"),
    "nothing_to_exchange": _l("Left out: nothing in it to exchange"),
    "no_value": _l("Left out: no other value known"),
    "no_pattern": _l("Left out: no pattern fits the request"),
    "no_calls": _l("Left out: calls no tool"),
    "several_requests": _l("Left out: asks more than once"),
    "own_text": _l("Left out: read with a text of its own"),
    "fact_lacking": _l("Left out: the new brand lacks the fact"),
    "old_fact": _l("Left out: a fact of the old brand would remain"),
    "old_trade": _l("Left out: speaks of the old brand's trade"),
    "banned_word": _l("Left out: says what the new brand bans"),
    "brand_missing": _l("Left out: does not name the brand"),
    "argument_lost": _l("Left out: the request would not say a value"),
    "same_request": _l("Left out: the model repeated the request"),
    "held_out_wording": _l("Left out: a held-out row asks so"),
    "held_out_value": _l("Left out: a held-out row has the value"),
    "unsound": _l("Left out: an error found by the checks"),
    "unreadable": _l("Left out: the model's answer cannot be read"),
    "refused": _l("Left out: the model refused"),
    "endpoint_failed": _l("Ended early: the endpoint failed"),
    "warning": _l("Findings: warnings"),
    "notice": _l("Findings: notices"),
}


def augmentation_page(row: Any) -> dict[str, Any]:
    """What anybody who may see the row is shown."""
    told = told_by(row)
    outcomes = told["outcomes"]
    return {
        "row": row,
        "dry_run": is_dry_run(row),
        "badge": state_badge(row),
        "percent": percent(row),
        "dataset": link(row.dataset),
        "made": outcomes.get("made", 0),
        "attempts": outcomes.get("attempts", 0),
        "counts": [(label, outcomes[name]) for name, label in OUTCOMES.items() if outcomes.get(name)],
        "faults": [fault | {"address": example_address(fault.get("row"))} for fault in told["faults"]],
        "skipped": bool(told["faults"]) and skips_path(row).is_file(),
        "brands": list(told["brands"].items())[:100],
        "samples": side_by_side(row, told["samples"]),
        "kept_address": list_address(Example, augmented_by__id__exact=row.pk),
    }


def told_by(row: Augmentation) -> dict[str, Any]:
    """What the row says came of it, each part in its shape whatever the column holds."""
    counts = row.counts if isinstance(row.counts, Mapping) else {}

    def part(name: str, kind: type) -> Any:
        return value if isinstance(value := counts.get(name), kind) else kind()

    return {
        "outcomes": part("outcomes", dict),
        "brands": part("brands", dict),
        "faults": [each for each in part("faults", list) if isinstance(each, dict)],
        "samples": [each for each in part("samples", list) if isinstance(each, dict)],
    }


def side_by_side(row: Augmentation, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each sample with the row it was made from, as conversations."""
    keys = [sample["source"] for sample in samples if isinstance(sample.get("source"), int)]
    sources = row.dataset.examples.in_bulk(keys)
    return [
        {
            "brand": sample.get("brand", ""),
            "language": sample.get("language", ""),
            "turns": turns(sample.get("messages")),
            "before": turns(sources[key].messages) if (key := sample.get("source")) in sources else (),
            "address": example_address(key),
            "number": key,
        }
        for sample in samples
    ]


def example_address(key: Any) -> str:
    return address(Example(pk=key)) if isinstance(key, int) else ""
