"""The exact string a model learns from, with what is trained on marked: ⟦so⟧."""

from __future__ import annotations

from training.preflight.verdicts import Check, Verdict, counted
from training.preflight.written import Written, first

CHECK = Check("loss_mask", "What is trained on")
OPEN, CLOSE = "⟦", "⟧"
MOST = 1500  # characters of evidence
PIECE = 360  # of one piece, whose middle is left out beyond that
SHOWN = 3
CURES = {
    "nothing": "Give these rows an answer of the assistant that is not empty.",
    "everything": "The request must stand before the answer: check the base's chat template and these rows.",
    "endless": "Choose a base whose chat template closes the assistant's turn with the token that ends its answers.",
}
SAID = {
    "nothing": "In {rows} nothing is trained on",
    "everything": "{rows} would be learned whole, the request included",
    "endless": "In {rows} the token that ends an answer is not trained on, so that the model would never stop",
}


class LossMask:
    """The longest row is shown: rows of a length are read together, the longest first."""

    def __init__(self) -> None:
        self.longest: Written | None = None
        self.counts = dict.fromkeys(SAID, 0)
        self.names: dict[str, list[str]] = {kind: [] for kind in SAID}

    def see(self, written: Written) -> None:
        if written.problem:
            return
        if self.longest is None or written.tokens > self.longest.tokens:
            self.longest = written
        if kind := fault(written):
            self.counts[kind] += 1
            if len(self.names[kind]) < SHOWN:
                self.names[kind].append(written.name)

    def verdict(self) -> Verdict:
        if self.longest is None:
            return CHECK.skipped("No row could be written for the base.")
        kind = next((kind for kind, count in self.counts.items() if count), "")
        if kind:
            rows = counted(self.counts[kind], "row")
            lead = f"{SAID[kind].format(rows=rows)}: {first(self.names[kind], self.counts[kind])}."
            return CHECK.failed(f"{lead}\n\n{marked(self.longest.pieces)}", CURES[kind])
        lead = f"The first row of the first batch is row {self.longest.number}; what is trained on stands in"
        return CHECK.passed(f"{lead} {OPEN}…{CLOSE}.\n\n{marked(self.longest.pieces)}")


def fault(written: Written) -> str:
    """What is wrong with the row's mask, as a key of SAID; empty when nothing is."""
    trained = [text for text, is_trained in written.pieces if is_trained]
    if not "".join(trained).strip() or any(not answer.text.strip() for answer in written.answers):
        return "nothing"
    if len(trained) == len(written.pieces):
        return "everything"
    return "" if all(answer.ends for answer in written.answers) else "endless"


def marked(pieces: tuple[tuple[str, bool], ...], most: int = MOST) -> str:
    """The pieces as one text of about `most` characters at the most, the trained ones marked."""
    parts, left = [], most
    for text, trained in pieces:
        if left <= 0:
            parts.append(" …")
            break
        short = shortened(text, min(PIECE, max(left, 40)))
        left -= len(short)
        parts.append(f"{OPEN}{short}{CLOSE}" if trained else short)
    return "".join(parts)


def shortened(text: str, most: int) -> str:
    """The text, its middle left out when it is longer."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"
