"""Do all rows fit? A row that is cut teaches to stop in mid-sentence."""

from __future__ import annotations

from array import array

from training.preflight.verdicts import Check, Verdict, counted
from training.preflight.written import Written, first

CHECK = Check("length", "Length of the rows")
NEARLY = 0.9
SHOWN = 5


class Lengths:
    """`planned` is the plan's room in tokens, `positions` how many the model reads at once (0: it has no limit)."""

    def __init__(self, planned: int, positions: int = 0) -> None:
        self.planned, self.positions = planned, positions
        self.room = min(planned, positions or planned)
        self.tokens = array("q")
        self.long: list[str] = []

    def see(self, written: Written) -> None:
        if written.problem:
            return
        self.tokens.append(written.tokens)
        if written.tokens > self.room and len(self.long) < SHOWN:
            self.long.append(f"{written.name} ({written.tokens:,} tokens)")

    def verdict(self) -> Verdict:
        if not self.tokens:
            return CHECK.skipped("No row could be written for the base.")
        longest, figures = max(self.tokens), distribution(sorted(self.tokens), self.room)
        if longest > self.room:
            count = sum(tokens > self.room for tokens in self.tokens)
            said = f"{counted(count, 'row is', 'rows are')} longer than the {self.room:,} tokens there is room for"
            return CHECK.failed(f"{said}: {first(self.long, count)}.\n{figures}", self.cure(longest))
        if longest > NEARLY * self.room:
            return CHECK.warning(f"The longest row nearly fills the room.\n{figures}", self.cure(longest))
        return CHECK.passed(figures)

    def cure(self, longest: int) -> str:
        if not self.positions or self.positions > max(longest, self.planned):
            more = f"at least {longest:,}" + (f", at most {self.positions:,}" if self.positions else "")
            return f"Raise 'longest' in the plan ({more}), or shorten or split these rows."
        return "Shorten or split these rows, or choose a base that reads more at once."


def distribution(tokens: list[int], room: int) -> str:
    """Median, 95th percentile and longest of sorted lengths."""
    high = tokens[min(len(tokens) - 1, int(0.95 * len(tokens)))]
    middle = f"{counted(len(tokens), 'row')}: {tokens[len(tokens) // 2]:,} tokens in the median"
    return f"{middle}, 95 % have at most {high:,}, the longest has {tokens[-1]:,} of {room:,}."
