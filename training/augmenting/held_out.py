"""What the held-out rows of a dataset say: nothing of it may come into rows that are trained on."""

from __future__ import annotations

from collections.abc import Iterable

from training.augmenting.marks import calls, marked, request, spoken
from training.augmenting.outcomes import Row
from training.leakage import values
from training.scoring.fidelity import normal, occurring


class HeldOut:
    """The texts, wordings and values of held-out rows, ready to be asked."""

    def __init__(self, rows: Iterable[Row]) -> None:
        texts: list[str] = []
        self.wordings: set[str] = set()
        self.identities: set[str] = set()
        for row in rows:
            texts += [row["context"], *(message["content"] for message in row["messages"])]
            texts += [each.text for each in spoken(row)]
            self.identities |= set(values(row))
            if calls(row):
                found = marked(row)
                self.wordings.add(found.wording(found.text))
        self.text = normal("\n".join(texts))

    def says(self, value: str) -> bool:
        """Whether a held-out row says this value anywhere, whatever its letter case."""
        return bool(occurring([value], self.text))

    def asks(self, row: Row) -> bool:
        """Whether a held-out row asks in this row's wording."""
        found = marked(row)
        return bool(request(row)) and found.wording(found.text) in self.wordings
