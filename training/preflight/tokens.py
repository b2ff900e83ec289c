"""Can the base's tokenizer write what it is to learn? Answers to tokens and back, and defects that are known."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from training.preflight.verdicts import Check, Verdict, counted
from training.preflight.written import Written, around

CHECK = Check("tokenizer", "Tokenizer")
MISTRAL = {"mistral", "mistral3", "ministral", "pixtral", "voxtral"}
LARGE = 100_000  # tokens in the vocabularies that were published with the wrong pattern
PROBE, WRONG_PIECE = "'The'", "'T"  # the wrong pattern takes the beginning for "isn't"
MOST_THAI = 2.0  # tokens a letter; a letter is three bytes, so that more is hardly read as text
CURES = {
    "regex": 'Add "fix_mistral_regex": true to the base\'s tokenizer_config.json, or choose another base.',
    "unknown": "Choose a base that knows these signs, or archive such examples and freeze the dataset again.",
    "other": "Choose a base whose tokenizer keeps text as it is, or reword these answers.",
    "padding": "Give the base's tokenizer a padding token of its own.",
    "altered": "Choose another base where this matters, or write such answers without line breaks and special signs.",
    "read": "Choose a base that knows these signs, or leave them out of requests and contexts.",
    "thai": "Choose a base that was trained on Thai: this one reads it byte by byte, slowly and with little sense.",
}


@dataclass(frozen=True)
class TokenizerFacts:
    """`pieces` is how PROBE is cut before tokens are looked up; `masks_padding` whether a batch's padding is masked and
    its ends of turns are not, tried out where both are the same token."""

    model_type: str = ""
    vocabulary: int = 0
    pieces: tuple[str, ...] = ()
    shares_padding: bool = False
    masks_padding: bool = True

    @property
    def has_wrong_pattern(self) -> bool:
        return self.model_type in MISTRAL and self.vocabulary > LARGE and WRONG_PIECE in self.pieces


class Tokens:
    """Counts, and keeps the first row of each kind of trouble."""

    def __init__(self, facts: TokenizerFacts) -> None:
        self.facts = facts
        self.answers = self.same = self.tokens = self.letters = 0
        self.found: dict[str, tuple[int, str]] = {}

    def see(self, written: Written) -> None:
        for answer in written.answers:
            self.answers += 1
            kind = loss(answer.text, answer.decoded)
            self.same += not kind
            if kind:
                both = f"{around(answer.text, answer.decoded)} becomes {around(answer.decoded, answer.text)}"
                self.note(kind, f"{written.name}: {both}")
        if written.unknown_written:
            self.note("unknown", written.name)
        if written.unknown_read:
            self.note("read", written.name)
        self.tokens, self.letters = self.tokens + written.thai[0], self.letters + written.thai[1]

    def note(self, kind: str, text: str) -> None:
        count, kept = self.found.get(kind, (0, text))
        self.found[kind] = (count + 1, kept)

    def verdict(self) -> Verdict:
        failed = [(kind, text) for kind, text in self.troubles() if kind in ("regex", "unknown", "other", "padding")]
        warned = [(kind, text) for kind, text in self.troubles() if kind in ("altered", "read", "thai")]
        if failed:
            return CHECK.failed(lines(failed, self.figures()), CURES[failed[0][0]])
        if warned:
            return CHECK.warning(lines(warned, self.figures()), CURES[warned[0][0]])
        return CHECK.passed(self.figures())

    def troubles(self) -> list[tuple[str, str]]:
        """(kind, sentence), gravest first."""
        found = []
        if self.facts.has_wrong_pattern:
            found.append(("regex", f"The tokenizer cuts {PROBE} as {' '.join(self.facts.pieces)}: a known defect."))
        for kind, said in (
            ("unknown", "hold signs the vocabulary lacks in their answers; the first is"),
            ("other", "have answers that come back from the tokens as another text; the first is"),
            ("altered", "have answers whose spaces, line breaks or signs are changed by the tokenizer; the first is"),
            ("read", "hold signs the vocabulary lacks in what is read; the first is"),
        ):
            if kind in self.found:
                count, where = self.found[kind]
                found.append((kind, f"{counted(count, 'row')} {said} {where}."))
        if self.facts.shares_padding and not self.facts.masks_padding:
            said = "Padding and the end of a turn are one token, and the labels do not tell them apart."
            found.append(("padding", said))
        if self.letters and self.tokens / self.letters > MOST_THAI:
            found.append(("thai", f"Thai takes {self.tokens / self.letters:.1f} tokens a letter."))
        return found

    def figures(self) -> str:
        share = self.same / max(self.answers, 1)
        parts = [f"{counted(self.answers, 'answer')}, {share:.1%} of them the same text after tokens and back."]
        if self.letters:
            parts.append(f"Thai takes {self.tokens / self.letters:.2f} tokens a letter.")
        if self.facts.shares_padding and self.facts.masks_padding:
            parts.append("Padding is the token that ends a turn; the labels tell them apart.")
        return " ".join(parts)


def loss(text: str, decoded: str) -> str:
    """What tokens make of a text: "" (nothing that matters), "altered" (spaces, line breaks, signs of the same
    meaning) or "other"."""
    one, two = text.strip(), decoded.strip()
    if one.split() == two.split() and one.count("\n") == two.count("\n"):
        return ""
    return "altered" if squeezed(one) == squeezed(two) else "other"


def squeezed(text: str) -> str:
    """The text without spaces, its signs as those that mean the same: "…" as three dots."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def lines(found: Sequence[tuple[str, str]], figures: str) -> str:
    return "\n".join([*(text for _, text in found), figures])
