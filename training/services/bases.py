"""The catalogue of bases as rows, and finding one by name."""

from __future__ import annotations

from dataclasses import asdict

from training.catalogue import CATALOGUE
from training.errors import BaseUnavailable
from training.models import BaseModel
from training.specs import BaseSpec


def sync_catalogue() -> None:
    """Bring the rows of the catalogue up to date; rows a team added by hand stay as they are."""
    for entry in CATALOGUE:
        facts = asdict(entry)
        slug, fallback = facts.pop("slug"), facts.pop("fallback")
        facts["dtypes"], facts["lora_modules"] = list(entry.dtypes), list(entry.lora_modules)
        base, _ = BaseModel.objects.update_or_create(slug=slug, defaults=facts)
        if fallback:
            BaseModel.objects.filter(pk=base.pk).update(fallback=BaseModel.objects.filter(slug=fallback).first())


def find_base(slug: str) -> BaseModel:
    """The base of that slug, or a local folder under its own name. Raises BaseUnavailable listing the catalogue."""
    found = BaseModel.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(BaseModel.objects.values_list("slug", flat=True))
        raise BaseUnavailable(f"There is no base model '{slug}'. Choose one of: {known}.")
    return found


def base_spec(base: BaseModel, *, quantised: bool = False, dtype: str = "") -> BaseSpec:
    """How to load the base here. Raises BaseUnavailable for a starter whose weights are missing."""
    folder = base.folder
    if folder is None and "/" not in base.source:
        raise BaseUnavailable(
            f"The weights of '{base.slug}' are missing. Run `manage.py build_starters` or restore starters/."
        )
    return BaseSpec(
        source=str(folder or base.source),
        revision="" if folder else base.revision,
        architecture=base.architecture,
        dtype=dtype or base.dtypes[0],
        quantised=quantised,
    )
