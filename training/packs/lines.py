"""A file of marked text: its lines, each with the place to name when something is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from training.errors import UnreadableLine, UnreadablePack
from training.marked_text import Tools, Utterance, read
from training.packs.files import read_text


@dataclass(frozen=True)
class Lines:
    """The utterances of one file; a pack without that file has none."""

    file: str = ""
    utterances: list[Utterance] = field(default_factory=list)

    def place(self, utterance: Utterance) -> str:
        return f"{self.file}:{utterance.line}"


def read_lines(folder: Path, name: str | None, tools: Tools) -> Lines:
    if name is None:
        return Lines()
    try:
        return Lines(name, read(read_text(folder, name), tools))
    except UnreadableLine as error:
        raise UnreadablePack(f"{name}: {error}") from error
