"""Is there enough to learn each tool from, and not too much of one?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from training.preflight.verdicts import Check, Verdict
from training.preflight.written import Row

CHECK = Check("examples", "Examples for each tool")
FEW = 20  # training rows of a tool
MOST_OF_ALL = 0.6  # the share of one tool among several
SEVERAL = 3


def tool_examples(rows: Iterable[Row], names: Sequence[str]) -> dict[str, int]:
    """How many rows call each of the tools: {name: rows}, zero included."""
    counts = dict.fromkeys(names, 0)
    for row in rows:
        called = {call["function"]["name"] for m in row["messages"] for call in m.get("tool_calls") or ()}
        for name in called & counts.keys():
            counts[name] += 1
    return counts


def examples(stages: Sequence[Mapping[str, int]]) -> Verdict:
    """`stages` tells for each stage how many training rows call each tool it declares."""
    if not any(stages):
        return CHECK.skipped("These rows declare no tools.")
    bare = [
        f"stage {number} declares '{name}'"
        for number, counts in enumerate(stages, 1)
        for name, rows in counts.items()
        if not rows
    ]
    if bare:
        said = f"No training row calls a tool that is to be learned: {'; '.join(bare)}."
        return CHECK.failed(said, "Write examples for it, or take it out of the dataset's tools.")
    last = max(stages, key=len)
    few = {name: rows for name, rows in last.items() if rows < FEW}
    if few:
        said = ", ".join(f"'{name}' has {rows}" for name, rows in few.items())
        return CHECK.warning(
            f"Fewer than {FEW} examples: {said}.", "Write more, or augment the dataset: few rows are learned by heart."
        )
    most, total = max(last, key=lambda name: last[name]), sum(last.values())
    if len(last) >= SEVERAL and last[most] / total > MOST_OF_ALL:
        share = f"{last[most]:,} of {total:,} examples ({last[most] / total:.0%})"
        said = f"'{most}' has {share}: it will be called too often."
        return CHECK.warning(said, "Write examples for the other tools, or archive some of this one.")
    least = min(last, key=lambda name: last[name])
    return CHECK.passed(
        f"{len(last)} tools; the fewest examples has '{least}' ({last[least]:,}), the most '{most}' ({last[most]:,})."
    )
