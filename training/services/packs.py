"""Loading a starter pack into a team: its brands, tools and examples, approved and ready to freeze."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction

from brands.models import Brand, Team
from brands.services import save_brand
from training.errors import UnknownPack
from training.models import Dataset, Example
from training.packs import Pack, read_pack
from training.packs.files import read_description
from training.services.content import content_hash
from training.services.tools import keep_tools


def available_packs() -> list[str]:
    return sorted(p.parent.name for p in Path(settings.PACKS_DIR).glob("*/pack.json"))


def pack_gates(name: str) -> list[float]:
    """What the pack asks of each step of its curriculum; none when it asks for nothing."""
    return list(read_description(Path(settings.PACKS_DIR) / name).get("gates", ()))


@transaction.atomic
def load_pack(*, team: Team, name: str) -> Dataset:
    """Bring the pack's brands, tools and examples into the team; loading again adds only what is new."""
    if name not in available_packs():
        raise UnknownPack(f"There is no pack '{name}'. Packs here: {', '.join(available_packs())}.")
    pack = read_pack(Path(settings.PACKS_DIR) / name)
    brands = {facts["slug"]: save_brand(team=team, slug=facts["slug"], facts=facts) for facts in pack.brands}
    keep_tools(team=team, declarations=pack.tools)
    dataset, _ = Dataset.objects.update_or_create(
        team=team, slug=name, defaults={"name": pack.title, "description": pack.description}
    )
    add_rows(dataset, pack, brands)
    return dataset


def add_rows(dataset: Dataset, pack: Pack, brands: dict[str, Brand]) -> None:
    examples = [
        Example(
            dataset=dataset,
            state=Example.State.APPROVED,
            split=row.split,
            kind=row.kind,
            task=row.task,
            language=row.language,
            messages=row.messages,
            tools=row.tools,
            brand=brands.get(row.brand),
            context=row.context,
            expected=row.expected,
            group=row.group[:120],
            synthetic=row.synthetic,
            source=row.source,
            content_hash=content_hash(row.split, row.messages, row.context),
        )
        for row in pack.rows
    ]
    Example.objects.bulk_create(examples, ignore_conflicts=True, batch_size=500)
