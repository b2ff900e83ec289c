"""Packs: folders with tools and requests, brands and examples, or records, read into the rows of a dataset.

`packs/README.md` says what a pack holds. Reading is pure and seeded: the same folder gives the same rows. A
pack whose held-out part leaks into its training part is refused: every figure made with it would be wrong.
"""

from __future__ import annotations

from pathlib import Path

from training.packs import calls, texts
from training.packs.files import read_description
from training.packs.records import read_records
from training.packs.rows import Pack, PackRow, check_texts

__all__ = ["Pack", "PackRow", "read_pack"]


def read_pack(folder: Path, *, copies: int | None = None, seed: int = 7) -> Pack:
    """The pack in `folder`; raises `UnreadablePack` with one sentence that says file, fault and cure.

    `copies` further rows are made of every training wording that has values to swap: as many as `pack.json` says
    when not given, none when that says nothing.
    """
    about = read_description(folder)
    tools, curriculum = calls.read_tools(folder, about)
    brands, text_rows = texts.read_texts(folder, about)
    copies = about.get("copies", 0) if copies is None else copies
    call_rows = calls.read_calls(folder, about, tools, copies=copies, seed=seed)
    rows = [*call_rows, *text_rows, *read_records(folder, about)]
    check_texts(rows)
    return Pack(
        name=about["name"],
        title=about["title"],
        description=about.get("description", ""),
        tools=list(tools.values()),
        curriculum=curriculum,
        brands=brands,
        rows=rows,
    )
