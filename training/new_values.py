"""Values for recombined rows: those of other rows, and invented ones in the shape such values have.

Invented values are hard on purpose. They hold the small words that also join requests, and pieces of the request and
of each other, because real ones do ("Tea Garden" by GardenLab): who copies by looking at the last piece alone
goes astray there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from training.diffs import pieces
from training.marked_text import folded
from training.starters.words import phrase, plain, said, thai_phrase, thai_word, titled, word
from training.starters.written_corpus import spoken_values

BORROWED = 0.3  # share of values taken from other rows; the others are invented
SPOKEN = 0.5  # of the other titles: what people filled open arguments with, for tools nobody has here
HOLDS_SMALL_WORDS = 0.45  # of the invented titles
WOVEN = 0.3  # of the invented values: they hold a piece of another text of the row
LONGEST_PIECE = 4
TRIES = 20
ECHO = "echo"
PLAIN_KINDS = {"name", "hashtags", "tone", "description"}  # never woven: one word each, or made of another value


@dataclass(frozen=True)
class Slot:
    """A value in a row that may be exchanged: the argument or field it fills, and its text."""

    kind: str
    text: str


class NewValues:
    """Draws texts for slots; `known` are the values of all rows with their language, `never` folded texts to avoid."""

    def __init__(self, known: Iterable[tuple[Slot, str]], never: set[str], random: Random) -> None:
        self.never, self.random = never, random
        self.pools: dict[tuple[str, str], list[str]] = {}
        for slot, language in known:
            self.pools.setdefault((slot.kind, language), []).append(slot.text)

    def draw(
        self, found: Sequence[Slot], language: str, request: str, before: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Another text for each slot, no two alike; those of `before` stay. A hashtag that is the name stays so."""
        texts = dict(before or {})
        names = [slot.text for slot in found if slot.kind == "name"]
        used = self.never | {folded(text) for text in [*(slot.text for slot in found), *texts.values()]}
        for slot in found:
            if slot.text in texts:
                continue
            tagged = [name for name in names if slot.text == f"#{name}"]
            text = f"#{texts[tagged[0]]}" if tagged else self.fresh(slot, texts, used, language, request)
            texts[slot.text] = text
            used.add(folded(text))
        return texts

    def fresh(self, slot: Slot, texts: dict[str, str], used: set[str], language: str, request: str) -> str:
        """A text for the slot that is not in use yet; its own where none is found."""
        pool = [] if slot.kind == "description" else self.pools.get((slot.kind, language), [])
        for _ in range(TRIES):
            borrowed = pool and self.random.random() < BORROWED
            text = self.random.choice(pool) if borrowed else self.invent(slot, texts, language, request)
            if folded(text) not in used:
                return text
        return slot.text

    def invent(self, slot: Slot, texts: dict[str, str], language: str, request: str) -> str:
        """A value that nobody has seen; a description begins with the new name."""
        random, name = self.random, next(iter(texts.values()), "")
        if slot.kind == "description":
            return f"{name} {plain(random, language, random.randint(3, 7))}".strip()
        text = SHAPES.get(slot.kind, title)(random, language)
        if slot.kind not in PLAIN_KINDS and random.random() < WOVEN:
            text = woven(text, random.choice([text, request, *texts.values()]), random)
        return text[0].upper() + text[1:] if slot.kind == ECHO and slot.text[0].isupper() else text


def woven(text: str, other: str, random: Random) -> str:
    """The text with a few neighbouring pieces of another one, or of itself, put somewhere into it."""
    own, found = pieces(text), pieces(other)
    start, at = random.randrange(len(found)), random.randrange(len(own) + 1)
    taken = found[start : start + random.randint(1, LONGEST_PIECE)]
    made = "".join([*own[:at], *taken, *own[at:]])
    return " ".join(made.replace(";", " ").replace("#", " ").split()) or text


def title(random: Random, language: str) -> str:
    if random.random() < SPOKEN and (said_before := spoken_values()[language]):
        return random.choice(said_before)
    return (titled if random.random() < HOLDS_SMALL_WORDS else said)(random, language)


def camel(random: Random, most: int) -> str:
    return "".join(word(random).capitalize() for _ in range(random.randint(1, most)))


SHAPES: dict[str, Callable[[Random, str], str]] = {
    "name": lambda random, _: camel(random, 2),
    "hashtags": lambda random, _: f"#{camel(random, 3)}",
    "tone": lambda random, language: thai_word(random) if language == "th" else word(random),
    "products": lambda random, language: thai_phrase(random, 3) if language == "th" else phrase(random, 3),
    "industry": lambda random, language: plain(random, language, random.randint(1, 3)),
    "target_audience": lambda random, language: plain(random, language, random.randint(1, 4)),
    "core_values": lambda random, language: plain(random, language, random.randint(1, 3)),
    "visual_style": lambda random, language: plain(random, language, random.randint(2, 4)),
    ECHO: lambda random, language: plain(random, language, random.randint(2, 6)),
}
