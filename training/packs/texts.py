"""The brand half of a pack: a brand table, examples in Alpaca form, and briefs of brands kept aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brands.cards import render
from training.errors import UnknownTask, UnreadablePack
from training.packs.files import BRANDS, BRIEFS, EXAMPLES, read_json
from training.packs.rows import PackRow
from training.tasks import expected

Facts = dict[str, Any]


def read_texts(folder: Path, about: Mapping[str, Any]) -> tuple[list[Facts], list[PackRow]]:
    """The brand table, and the rows of the examples and of the held-out briefs."""
    brands = read_list(folder, about.get("brands"), BRANDS)
    aside = read_list(folder, about.get("held_out_brands"), BRANDS)
    known = by_slug([*brands, *aside])
    examples = read_list(folder, about.get("examples"), EXAMPLES)
    briefs = read_list(folder, about.get("held_out_briefs"), BRIEFS)
    for field, items in (("examples", examples), ("held_out_briefs", briefs)):
        check_brands(str(about.get(field)), items, known)
    rows = [example_row(item, f"{about['examples']}:{n}") for n, item in enumerate(examples, start=1)]
    trained = {item["brand"] for item in examples}
    for n, item in enumerate(briefs, start=1):
        rows.append(brief_row(item, f"{about['held_out_briefs']}:{n}", known, trained))
    return brands, rows


def read_list(folder: Path, name: str | None, shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_json(folder, name, shape) if name else []
    return found


def by_slug(brands: Sequence[Facts]) -> dict[str, Facts]:
    known: dict[str, Facts] = {}
    for brand in brands:
        if known.setdefault(brand["slug"], brand) is not brand:
            raise UnreadablePack(f"The brand '{brand['slug']}' stands twice in the brand files. Remove one.")
    return known


def check_brands(file: str, items: Sequence[dict[str, Any]], known: Mapping[str, Facts]) -> None:
    for number, item in enumerate(items, start=1):
        if item["brand"] not in known:
            raise UnreadablePack(f"{file}:{number}: there is no brand '{item['brand']}'. Add it to the pack's brands.")


def request(item: Mapping[str, Any]) -> dict[str, str]:
    """The user's message of an Alpaca row: the instruction, and its input on a line of its own."""
    said = item.get("input") or ""
    return {"role": "user", "content": f"{item['instruction']}\n{said}" if said else item["instruction"]}


def example_row(item: Mapping[str, Any], source: str) -> PackRow:
    return PackRow(
        split="train",
        task=item["task"],
        language=item["language"],
        messages=[request(item), {"role": "assistant", "content": item["output"]}],
        brand=item["brand"],
        group=item["brand"],
        synthetic=item.get("synthetic", False),
        source=source,
    )


def brief_row(item: Mapping[str, Any], source: str, known: Mapping[str, Facts], trained: set[str]) -> PackRow:
    """A request for a brand without training examples, with its card and what a right answer holds."""
    slug, language = item["brand"], item["language"]
    if slug in trained:
        raise UnreadablePack(
            f"{source}: '{slug}' has training examples. Choose a brand without any to test unseen brands."
        )
    try:
        right = expected(
            item["task"],
            known[slug],
            language,
            product=item.get("product"),
            message=item.get("message"),
            objective=item.get("objective"),
            others=[facts for other, facts in known.items() if other != slug],
        )
    except UnknownTask as error:
        raise UnreadablePack(f"{source}: {error}") from error
    return PackRow(
        split="held_out",
        kind="unseen_brand",
        task=item["task"],
        language=language,
        messages=[request(item)],
        brand=slug,
        context=render(known[slug], language),
        expected=right,
        group=slug,
        source=source,
    )
