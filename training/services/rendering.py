"""Rows as the model of a base would read them: in its own chat template where that is on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.chat_rendering import ChatTemplate, Parts, decoder_parts, encoder_parts, read_template
from training.functiongemma import segments
from training.hub import cached_snapshot
from training.models import BaseModel
from training.prompts import with_context


@dataclass(frozen=True)
class Rendering:
    """A way to show rows: under a base's template, or under FunctionGemma's when `base` is None or has none here."""

    base: BaseModel | None = None
    template: ChatTemplate | None = None

    @property
    def is_own(self) -> bool:
        """Whether rows are shown as the base has them."""
        return self.base is not None and (self.template is not None or self.reads_pairs)

    @property
    def reads_pairs(self) -> bool:
        return self.base is not None and self.base.architecture == BaseModel.Architecture.SEQ2SEQ

    def parts(self, row: Mapping[str, Any]) -> Parts:
        """The row as (text, trained) pieces. Raises UnreadableTemplate or TemplateDrift."""
        if self.reads_pairs:
            return encoder_parts(row)
        if self.template is not None:
            return decoder_parts(self.template, row)
        return segments(with_context(row["messages"], row.get("context", "")), row.get("tools") or ())


def rendering_for(slug: str) -> Rendering:
    """By the base of that slug; FunctionGemma's template where there is no such base."""
    base: BaseModel | None = BaseModel.objects.filter(slug=slug).first() if slug else None
    folder = tokenizer_folder(base) if base else None
    return Rendering(base, read_template(folder) if folder else None)


def tokenizer_folder(base: BaseModel) -> Path | None:
    """Where the base's tokenizer lies on this machine: its own folder, or the hub's cache."""
    if base.folder is not None:
        return base.folder
    folder = cached_snapshot(base.source, base.revision)
    return folder if folder is not None and (folder / "tokenizer_config.json").is_file() else None
