"""What a check found, and what all of them come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Word = Literal["passed", "warning", "failed", "skipped"]
PASSED: Word = "passed"
WARNING: Word = "warning"
FAILED: Word = "failed"
SKIPPED: Word = "skipped"
SHORT = 240  # characters of evidence in a sentence


@dataclass(frozen=True)
class Verdict:
    """One check's finding. `evidence` may have several lines; `cure` is empty where there is nothing to do."""

    check: str
    title: str
    verdict: Word
    evidence: str
    cure: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """A check's name in JSON and its title on pages."""

    name: str
    title: str

    def passed(self, evidence: str) -> Verdict:
        return Verdict(self.name, self.title, PASSED, evidence)

    def warning(self, evidence: str, cure: str) -> Verdict:
        return Verdict(self.name, self.title, WARNING, evidence, cure)

    def failed(self, evidence: str, cure: str) -> Verdict:
        return Verdict(self.name, self.title, FAILED, evidence, cure)

    def skipped(self, evidence: str, cure: str = "") -> Verdict:
        return Verdict(self.name, self.title, SKIPPED, evidence, cure)


def overall(verdicts: Sequence[Mapping[str, Any]]) -> Word:
    """The gravest of them, as they are kept: "failed", "warning" or "passed"."""
    words = {verdict["verdict"] for verdict in verdicts}
    return next((word for word in (FAILED, WARNING) if word in words), PASSED)


def gravest(verdicts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that decide: all that failed, else all the warnings, in their order."""
    word = overall(verdicts)
    return [verdict for verdict in verdicts if verdict["verdict"] == word and word != PASSED]


def sentence(verdict: Mapping[str, Any]) -> str:
    """A verdict in one line: its title, its evidence in short, its cure."""
    evidence = " ".join(str(verdict["evidence"]).split())
    short = evidence if len(evidence) <= SHORT else f"{evidence[:SHORT].rstrip()} …"
    return f"{verdict['title']}: {short} {verdict['cure']}".strip()


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 row", "2 rows", "1,200 rows"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
