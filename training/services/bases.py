"""The catalogue of bases as rows: finding one by name or folder, pinning it, and what to use where it cannot be had."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

from django.utils.text import slugify
from django.utils.translation import gettext as _

from training import hub, model_folder
from training.catalogue import CATALOGUE
from training.errors import BaseUnavailable
from training.models import BaseModel
from training.specs import BaseSpec

LONGEST_PATH = 300  # the column's width


def sync_catalogue() -> None:
    """Bring the rows of the catalogue up to date; rows a team added by hand, and commits found later, stay."""
    for entry in CATALOGUE:
        facts = asdict(entry)
        slug, fallback = facts.pop("slug"), facts.pop("fallback")
        facts["dtypes"], facts["lora_modules"] = list(entry.dtypes), list(entry.lora_modules)
        if not entry.revision:
            del facts["revision"]
        base, _created = BaseModel.objects.update_or_create(slug=slug, defaults=facts)
        if fallback:
            BaseModel.objects.filter(pk=base.pk).update(fallback=BaseModel.objects.filter(slug=fallback).first())


def find_base(name: str) -> BaseModel:
    """The base of that slug or source, or a local folder's, which is registered when it is named first.

    Raises BaseUnavailable listing the catalogue, or saying what the folder lacks.
    """
    found = BaseModel.objects.filter(slug=name).first() or BaseModel.objects.filter(source=name).first()
    if found is None and (folder := Path(name).expanduser()).is_dir():
        found = register_folder(folder)
    if found is None:
        known = ", ".join(BaseModel.objects.values_list("slug", flat=True))
        raise BaseUnavailable(f"There is no base model '{name}'. Choose one of: {known}; or name a model's folder.")
    return found


def register_folder(folder: Path) -> BaseModel:
    """The row of a model in a local folder, its facts read from its config and weights.

    Raises BaseUnavailable or BaseIncompatible for a folder that cannot be trained from.
    """
    path = folder.resolve()
    if len(str(path)) > LONGEST_PATH:
        raise BaseUnavailable(f"The folder {path} has too long a path: move the model to one of {LONGEST_PATH} signs.")
    read = asdict(model_folder.read_model(path))
    facts = {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in read.items()}
    digest = hashlib.sha256(str(path).encode(errors="surrogateescape")).hexdigest()[:6]
    slug = f"{slugify(path.name)[:60] or 'model'}-{digest}"
    base, _created = BaseModel.objects.update_or_create(
        source=str(path), defaults=facts | {"name": path.name[:120], "slug": slug}
    )
    return base


def base_spec(base: BaseModel, *, quantised: bool = False, dtype: str = "") -> BaseSpec:
    """How to load the base here. Raises BaseUnavailable for a starter or a folder whose weights are missing."""
    folder = base.folder
    if folder is None and not is_on_hub(base):
        cure = (
            "Run `manage.py build_starters` or restore starters/."
            if "/" not in base.source
            else "Put the model back there, or choose another base."
        )
        raise BaseUnavailable(f"The weights of '{base.slug}' are missing. {cure}")
    return BaseSpec(
        source=str(folder or base.source),
        revision="" if folder else base.revision,
        architecture=base.architecture,
        dtype=dtype or base.dtypes[0],
        quantised=quantised,
    )


def is_on_hub(base: BaseModel) -> bool:
    """Whether the base's source is a hub's name: "owner/model"."""
    return base.folder is None and base.source.count("/") == 1 and not base.source.startswith(("/", ".", "~"))


def on_this_machine(base: BaseModel) -> Path | None:
    """Where the base lies here, whole: its own folder, or a snapshot in the hub's cache."""
    folder = base.folder or (hub.cached_snapshot(base.source, base.revision) if is_on_hub(base) else None)
    return folder if folder is not None and not model_folder.lacking(folder) else None


def check_base(base: BaseModel) -> None:
    """Raises BaseUnavailable when the base cannot be had from here, within seconds and without fetching anything."""
    spec = base_spec(base)
    if folder := on_this_machine(base) or base.folder:
        model_folder.check(folder, spec.source)
        return
    answer = hub.ask(base.source, base.revision)
    if answer.standing != hub.Standing.FOUND:
        raise hub.refusal(base.source, base.revision, answer)
    if answer.commit:
        _pin(base, answer.commit)


def pinned(base: BaseModel) -> BaseModel:
    """The base with a commit as its revision: one without gets the commit it is first used at, for good.

    The cache's where the model is there already, else the hub's. A hub that does not answer pins nothing.
    """
    if base.revision or not is_on_hub(base):
        return base
    cached = hub.cached_commit(base.source) if on_this_machine(base) else ""
    if commit := cached or hub.ask(base.source).commit:
        _pin(base, commit)
    return base


def _pin(base: BaseModel, commit: str) -> None:
    if not base.revision:
        BaseModel.objects.filter(pk=base.pk, revision="").update(revision=commit)
        base.refresh_from_db(fields=["revision"])


def usable_base(base: BaseModel, *, fallback: bool) -> tuple[BaseModel, str]:
    """The base, pinned; or its declared fallback where it cannot be had and `fallback` allows that, with a sentence
    that says so (empty otherwise).

    Raises BaseUnavailable when the base cannot be had and nothing may, or can, stand in for it.
    """
    try:
        check_base(base)
        return pinned(base), ""
    except BaseUnavailable as problem:
        other = base.fallback
        if not fallback or other is None:
            raise
        try:
            check_base(other)
        except BaseUnavailable as worse:
            raise BaseUnavailable(f"{problem} Its fallback cannot be had either. {worse}") from worse
        said = _("Trained on %(used)s because %(wanted)s was not to be had. %(reason)s")
        return pinned(other), said % {"used": other.name, "wanted": base.name, "reason": problem}
