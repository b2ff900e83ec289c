"""What each method of augmentation makes of a dataset's rows: one attempt after another, until enough are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from brands.models import Brand
from training.augmenting.brand_rows import for_brand
from training.augmenting.held_out import HeldOut
from training.augmenting.industries import LANGUAGES, invented_brand, templates
from training.augmenting.marks import calls
from training.augmenting.outcomes import Attempts, LeftOut, Row
from training.augmenting.values import Values, other_values
from training.augmenting.wordings import other_wordings
from training.errors import AugmentationRefused
from training.marked_text import folded
from training.models import Augmentation, Dataset, Example, Split
from training.packs.files import VALUES, read_description, read_json
from training.packs.values import Values as PackValues
from training.services.suggested_rows import model_rows

MOST_SOURCES = 5_000  # rows that one augmentation starts from, drawn by its seed
ROWS_A_BRAND = 5
BARREN = 20  # invented brands in a row for which no row can be made


@dataclass(frozen=True)
class Attempt:
    """What was made of a source row, or why nothing was; `brand` is that of the new row, perhaps not saved yet."""

    source: Example
    made: Row | LeftOut
    brand: Brand | None


def attempts(row: Augmentation, folder: Path) -> Iterator[Attempt]:
    """The attempts of the row's method, the same for the same seed and dataset; `folder` keeps a model's answers.

    Raises AugmentationRefused when the dataset has no row to start from.
    """
    random, held_out = Random(row.seed), HeldOut(map(row_of, held_out_rows(row.dataset).iterator(chunk_size=500)))
    if row.method == Augmentation.Method.BRANDS:
        return brand_attempts(row, held_out, random)
    sources = chosen(sources_of(row.dataset), random)
    if row.method == Augmentation.Method.MODEL:
        asked = model_rows(found(sources, "approved training rows"), row_of, held_out, folder, row.seed)
        return (Attempt(source, made, source.brand) for source, made in asked)
    sources = found([source for source in sources if calls(row_of(source))], "approved training rows with tool calls")
    if row.method == Augmentation.Method.VALUES:
        values = Values(given_values(row.options), map(row_of, sources), held_out)
        return in_turn(sources, lambda source: other_values(source, values, random))
    return in_turn(sources, lambda source: other_wordings(source, held_out, random))


def row_of(example: Example) -> Row:
    """The example as the pure modules read it."""
    names = ("messages", "tools", "context", "language", "task", "kind", "expected")
    return {name: getattr(example, name) for name in names}


def sources_of(dataset: Dataset) -> QuerySet[Example]:
    """Rows worth repeating: approved, trained on, and not made by an augmentation themselves."""
    return dataset.examples.filter(state=Example.State.APPROVED, split=Split.TRAIN, made_from__isnull=True)


def held_out_rows(dataset: Dataset) -> QuerySet[Example]:
    return dataset.examples.filter(split=Split.HELD_OUT).exclude(state=Example.State.REJECTED).order_by("pk")


def chosen(rows: QuerySet[Example], random: Random) -> list[Example]:
    """At most MOST_SOURCES of the rows, in an order of the seed's."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    random.shuffle(keys)
    by_key = rows.select_related("brand").in_bulk(keys[:MOST_SOURCES])
    return [by_key[key] for key in keys[:MOST_SOURCES] if key in by_key]


def found(sources: list[Example], what: str) -> list[Example]:
    if not sources:
        raise AugmentationRefused(f"The dataset has no {what} to start from: approve some, then augment again.")
    return sources


def in_turn(sources: Sequence[Example], make: Callable[[Row], Attempts]) -> Iterator[Attempt]:
    """One attempt of every source, then the next of every source, until none has any left."""
    waiting = [(source, make(row_of(source))) for source in sources]
    while waiting:
        left = []
        for source, tries in waiting:
            if (made := next(tries, None)) is not None:
                left.append((source, tries))
                yield Attempt(source, made, source.brand)
        waiting = left


def brand_attempts(row: Augmentation, held_out: HeldOut, random: Random) -> Iterator[Attempt]:
    """Brand after brand, each with rows of one real brand, so that it stays on that brand's side of the split."""
    rows = sources_of(row.dataset).filter(brand__isnull=False, brand__synthetic=False)
    sources: dict[int, list[Example]] = {}
    for source in found(chosen(rows, random), "approved training rows of a brand that is not synthetic"):
        if not calls(row_of(source)):
            sources.setdefault(source.brand_id or 0, []).append(source)
    known = templates()
    names = [name for name in row.options.get("industries") or known if name in known]
    random.shuffle(names)
    taken, barren = taken_texts(row, held_out), 0
    for name, key in zip(cycle(names), cycle(sources), strict=False):
        facts = invented_brand(known[name], random, taken)
        brand = Brand(team=row.team, **facts)
        taken |= {folded(facts["name"]), *map(folded, facts["hashtags"])}
        random.shuffle(sources[key])
        made = 0
        for source in sources[key]:
            one = for_brand(row_of(source), source.brand.facts() if source.brand else {}, brand.facts())
            yield Attempt(source, one, brand)
            made += not isinstance(one, LeftOut)
            if made == ROWS_A_BRAND:
                break
        barren = 0 if made else barren + 1
        if barren == BARREN:
            return


def taken_texts(row: Augmentation, held_out: HeldOut) -> set[str]:
    """What no invented brand may be called or sell: names and hashtags of the team's, and whatever is held out."""
    taken = {folded(text) for text in held_out.identities}
    for name, slug, hashtags, products, synthetic in Brand.objects.of(row.team).values_list(
        "name", "slug", "hashtags", "products", "synthetic"
    ):
        taken |= {folded(text) for text in (name, slug, *hashtags, *([] if synthetic else products))}
    return taken


def given_values(options: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """The values that were given, over those of the pack that was named."""
    return pack_values(str(options.get("pack") or "")) | dict(options.get("values") or {})


def pack_values(pack: str) -> dict[str, dict[str, list[str]]]:
    """The training values of a pack: {argument: {language: texts}}; none for no pack."""
    if not pack:
        return {}
    if pack not in packs_with_values():
        raise AugmentationRefused(f"The pack '{pack}' has no values. Use one of: {', '.join(packs_with_values())}.")
    folder = Path(settings.PACKS_DIR) / pack
    lists = read_json(folder, read_description(folder)["values"], VALUES)
    return {argument: by_language(PackValues(lists).lists(argument, Split.TRAIN)) for argument in lists}


def by_language(lists: dict[str, list[str]]) -> dict[str, list[str]]:
    """The lists of each language, with those for any language in both."""
    return {language: [*lists.get(language, ()), *lists.get("", ())] for language in LANGUAGES}


def packs_with_values() -> list[str]:
    packs = sorted(Path(settings.PACKS_DIR).glob("*/pack.json"))
    return [path.parent.name for path in packs if json.loads(path.read_text("utf-8")).get("values")]
