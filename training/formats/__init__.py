"""The formats examples come in and go out in, one small module each; a source that names none is tried with all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from training.errors import UnreadableRow, UnreadableSource
from training.formats import (
    aidirector,
    alpaca,
    classification,
    learning_path,
    openai,
    prompt_completion,
    sharegpt,
    table,
    trees,
    tutoring,
)
from training.formats.canonical import Canonical

Record = Mapping[str, Any]
Columns = Mapping[str, str] | None


class Format(Protocol):
    """What every format module has; those that can be written also have `write(row) -> record`."""

    NAME: str
    TITLE: str

    def recognises(self, record: Record, /) -> bool: ...

    def read(self, record: Record, /) -> list[Canonical]: ...


MODULES: tuple[Format, ...] = (
    aidirector,
    openai,
    sharegpt,
    alpaca,
    prompt_completion,
    trees,
    learning_path,
    tutoring,
    classification,
)
FORMATS: dict[str, Format] = {module.NAME: module for module in MODULES}
KNOWN = ", ".join(FORMATS)


def recognised(records: Sequence[Record], columns: Columns = None) -> str:
    """The name of the one format that these records of a source have; raises `UnreadableSource` for none or several.

    Records that no format knows may be among them, up to half: reading refuses those one by one.
    """
    found = [name for record in records if (name := name_of(record, columns))]
    names = list(dict.fromkeys(found))
    if len(names) > 1:
        raise UnreadableSource(
            f"The rows have several formats ({', '.join(names)}). Name one of them, or import each from its own file;"
            f" the formats are: {KNOWN}."
        )
    if not names or 2 * len(found) < len(records):
        raise UnreadableSource(f"The rows have no format that is known. Name one of: {KNOWN}.")
    return names[0]


def name_of(record: Record, columns: Columns = None) -> str:
    """The first format that recognises the record, as it is or as a table's row; empty when none does."""
    tried = [record]
    if columns or table.is_flat(record):
        with suppress(UnreadableRow):
            tried.insert(0, table.as_record(record, columns or table.guess(record)[1]))
    return next((module.NAME for one in tried for module in MODULES if module.recognises(one)), "")


def known(name: str) -> Format:
    if name not in FORMATS:
        raise UnreadableSource(f"There is no format '{name}'. Use one of: {KNOWN}.")
    return FORMATS[name]


def reader(name: str, columns: Columns = None) -> Callable[[Record], list[Canonical]]:
    """The `read` of a format, for a table's rows too; `columns` is {our field: column}, guessed when it is not given.

    Raises `UnreadableSource` when there is no format of that name.
    """
    module = known(name)

    def read(record: Record) -> list[Canonical]:
        if columns or table.is_flat(record):
            record = table.as_record(record, columns or table.guess_for(name, record))
        return module.read(record)

    return read


def writer(name: str) -> Callable[[Canonical], dict[str, Any]]:
    """The `write` of a format; raises `UnreadableSource` for one that does not exist or cannot be written."""
    found: Callable[[Canonical], dict[str, Any]] | None = getattr(known(name), "write", None)
    if found is None:
        written = ", ".join(other for other, module in FORMATS.items() if hasattr(module, "write"))
        raise UnreadableSource(f"The format '{name}' cannot be written. Use one of: {written}.")
    return found
