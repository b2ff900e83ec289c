"""Invented brands: one JSON file a trade under `industries/`, with pairs of English and Thai to draw from.

A template has `industry`, `description`, `tone`, `target_audience`, `core_values`, `visual_style`, `products` and
`banned_words` as [English, Thai] pairs (`industry` is one pair, the others are lists of them), `name_starts` and
`name_ends` that make names, and `hashtags` in which {name}, {start} and {end} stand for the name and its halves.
`banned_words` are those a real brand of the trade would ban.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from random import Random
from typing import Any

from training.errors import AugmentationRefused
from training.marked_text import folded

Template = Mapping[str, Any]
Pair = Sequence[str]  # [English, Thai]
SINGLE = ("industry", "description", "target_audience", "visual_style")
DRAWN = {"tone": 3, "core_values": 3, "products": 4, "banned_words": 3}  # how many a brand has
LANGUAGES = ("en", "th")
NOTHING: frozenset[str] = frozenset()


@cache
def templates() -> dict[str, Template]:
    """Every template by the name of its file, in the names' order."""
    folder = files("training") / "augmenting" / "industries"
    found = sorted((path for path in folder.iterdir() if path.name.endswith(".json")), key=lambda path: path.name)
    return {path.name.removesuffix(".json"): json.loads(path.read_text("utf-8")) for path in found}


def invented_brand(template: Template, random: Random, taken: Collection[str] = NOTHING) -> dict[str, Any]:
    """A whole brand as `packs/brands/brands.json` writes one; no name, product or hashtag of it is `taken`.

    `taken` are folded texts (`training.marked_text.folded`). Raises AugmentationRefused when too little is left.
    """
    start, end = free_name(template, random, taken)
    name = start + end
    drawn = {field: draw(template, field, count, random, taken) for field, count in DRAWN.items()}
    tagline = random.choice(free_tags(template, start, end, taken))
    single = {"industry": template["industry"]} | {field: random.choice(template[field]) for field in SINGLE[1:]}
    english, thai = (spoken(single, drawn, place, name) for place in range(len(LANGUAGES)))
    banned = [word for pair in drawn["banned_words"] for word in pair]
    return {
        "name": name,
        "slug": name.lower(),
        **english,
        "hashtags": [f"#{name}", tagline],
        "banned_words": banned,
        "languages": ["th", "en"],
        "synthetic": True,
        "translations": {"th": thai},
    }


def spoken(single: Mapping[str, Pair], drawn: Mapping[str, Sequence[Pair]], place: int, name: str) -> dict[str, Any]:
    """The facts that read differently in each language, in the one at that place of the pairs."""
    texts = {field: pair[place].replace("{name}", name) for field, pair in single.items()}
    lists = {field: [pair[place] for pair in pairs] for field, pairs in drawn.items() if field != "banned_words"}
    return texts | lists


def free_name(template: Template, random: Random, taken: Collection[str]) -> tuple[str, str]:
    """The two halves of a name that nobody has, as a name or as a hashtag."""
    pairs = list(product(template["name_starts"], template["name_ends"]))
    left = [p for p in pairs if not {folded(p[0] + p[1]), folded(f"#{p[0]}{p[1]}")} & set(taken)]
    if not left:
        raise used_up(template)
    return random.choice(left)


def draw(template: Template, field: str, count: int, random: Random, taken: Collection[str]) -> list[Pair]:
    """That many pairs of the field of which neither text is taken."""
    left = [pair for pair in template[field] if not {folded(text) for text in pair} & set(taken)]
    if len(left) < count:
        raise used_up(template)
    return random.sample(left, count)


def free_tags(template: Template, start: str, end: str, taken: Collection[str]) -> list[str]:
    tags = [tag.format(name=start + end, start=start, end=end) for tag in template["hashtags"]]
    left = [tag for tag in tags if folded(tag) not in taken]
    if not left:
        raise used_up(template)
    return left


def used_up(template: Template) -> AugmentationRefused:
    return AugmentationRefused(
        f"The team has a brand for everything the template '{template['industry'][0]}' can invent: add names,"
        " products and hashtags to its file in training/augmenting/industries."
    )
