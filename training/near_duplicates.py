"""Texts that say nearly the same, found among very many, in any language.

A text is the set of its pieces of five characters (its shingles): Thai puts no spaces between words. Two texts are as
alike as their sets (Jaccard: common shingles by all shingles). MinHash and banding find the few earlier texts worth
comparing: A. Broder, "On the resemblance and containment of documents", 1997; Leskovec, Rajaraman and Ullman, "Mining
of Massive Datasets", chapter 3.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Hashable
from itertools import islice
from random import Random
from typing import Generic, TypeVar
from zlib import crc32

SHINGLE = 5
LONGEST = 50_000  # characters of a text that are looked at
KEPT = 1024  # shingles of a text that are kept; of more, those with the smallest hashes
SKETCHED = 128  # shingles that the signature is made from
BANDS = 12
CROWD = 32  # earlier texts that are kept in a bucket
MISSED = 0.001  # of pairs that are just as alike as the threshold asks
WORD = 0xFFFFFFFF
SCATTER = 0x9E3779B1  # odd, so that multiplying by it shuffles the 32-bit numbers

Key = TypeVar("Key", bound=Hashable)


class NearDuplicates(Generic[Key]):
    """An index of texts by key, asked for those that are at least `threshold` alike (0 to 1).

    Exact for texts of up to 1,024 different shingles, within about 0.03 above. Of pairs just at the threshold a few
    in a thousand are missed. A text takes 4 bytes a shingle and about 1.5 KB, so at most 6 KB, whatever its length.
    A text that is like very many others is compared with the first 32 of each bucket, so that a crowd stays linear.
    """

    def __init__(self, threshold: float = 0.85) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"A threshold of {threshold} is not above 0 and at most 1.")
        self.threshold = threshold
        self.rows = rows_per_band(threshold)
        random = Random(20_240_229)
        # Exclusive or, then an odd factor: each pair is a permutation of the 32-bit numbers.
        self.permutations = [(random.getrandbits(32), random.getrandbits(32) | 1) for _ in range(BANDS * self.rows)]
        self.keys: list[Key] = []
        self.shingles: list[array[int]] = []
        self.buckets: dict[int, int | array[int]] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, key: Key, text: str) -> list[tuple[Key, float]]:
        """The earlier texts like this one as (key, similarity), most alike first; then the text is one of them."""
        own = shingles(text)
        bands = self.bands(own)
        found = self.compared(own, bands)
        if own:
            for band in bands:
                self.put(band, len(self.keys))
            self.keys.append(key)
            self.shingles.append(own)
        return found

    def like(self, text: str) -> list[tuple[Key, float]]:
        """The texts like this one, as `add` gives them, without adding it."""
        own = shingles(text)
        return self.compared(own, self.bands(own))

    def bands(self, own: array[int]) -> list[int]:
        """One number a band: equal for two texts that agree in all of its minima."""
        sketch = own[:SKETCHED]
        minima = iter([min([(x ^ a) * b & WORD for x in sketch]) for a, b in self.permutations] if own else ())
        return [hash((n, *band)) for n, band in enumerate(iter(lambda: tuple(islice(minima, self.rows)), ()))]

    def put(self, band: int, number: int) -> None:
        known = self.buckets.get(band)
        if known is None:
            self.buckets[band] = number
        elif isinstance(known, int):
            self.buckets[band] = array("I", (known, number))
        elif len(known) < CROWD:
            known.append(number)

    def compared(self, own: array[int], bands: list[int]) -> list[tuple[Key, float]]:
        numbers: set[int] = set()
        for band in bands:
            known = self.buckets.get(band, ())
            numbers.update((known,) if isinstance(known, int) else known)
        mine = set(own)
        alike = [(number, similarity(mine, own, self.shingles[number])) for number in sorted(numbers)]
        found = [(self.keys[number], share) for number, share in alike if share >= self.threshold]
        return sorted(found, key=lambda pair: -pair[1])


def rows_per_band(threshold: float) -> int:
    """The most minima a band can have, so that fewest texts are compared, without missing more than `MISSED`."""
    rows = 1
    while rows < 8 and (1 - threshold ** (rows + 1)) ** BANDS <= MISSED:
        rows += 1
    return rows


def normal(text: str) -> str:
    """In NFC, casefolded, with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text[:LONGEST]).casefold().split())


def shingles(text: str) -> array[int]:
    """The text's shingles as 32-bit hashes in order, at most `KEPT`; a shorter text is one, an empty text none."""
    text = normal(text)
    pieces = {text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))} if text else set()
    hashes = {crc32(piece.encode("utf-8", "surrogatepass")) * SCATTER & WORD for piece in pieces}
    return array("I", sorted(hashes)[:KEPT])


def similarity(mine: set[int], own: array[int], other: array[int]) -> float:
    """The Jaccard similarity; of texts with more than `KEPT` shingles as their `KEPT` smallest hashes tell it."""
    common = mine.intersection(other)
    if len(own) < KEPT and len(other) < KEPT:
        return len(common) / (len(own) + len(other) - len(common))
    smallest = sorted(mine.union(other))[:KEPT]
    return sum(shingle in common for shingle in smallest) / len(smallest)
