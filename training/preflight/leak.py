"""Is the test a test? Held-out rows, or their values, that are trained on."""

from __future__ import annotations

from collections.abc import Sequence

from training.leakage import Leak, leaks
from training.preflight.verdicts import Check, Verdict, counted
from training.preflight.written import Row, example

CHECK = Check("leak", "Held-out rows are new")
SHOWN = 3
FEW = 0.1  # the share of held-out rows that may be familiar in part, and the figures still say something
CURE = "Draw the split again, or move these rows to one side of it; then freeze."


def leak(rows: Sequence[Row], held_out: Sequence[Row]) -> Verdict:
    if not held_out:
        said = "No row is held out: nothing will tell what the model has learned, and every gate stands open."
        return CHECK.warning(said, "Draw a split of the dataset, then freeze it again.")
    found = leaks(rows, held_out)
    same = [each for each in found if each.code == "same_request"]
    familiar = len({each.held_out for each in found})
    of_all = f"of {counted(len(held_out), 'held-out row')}"
    if same:
        said = f"{len(same)} {of_all} are trained on word for word."
        return CHECK.failed("\n".join([said, *shown(same, rows, held_out)]), CURE)
    if familiar > FEW * len(held_out):
        said = f"{familiar} {of_all} are familiar from training in part: figures will look better than they are."
        return CHECK.warning("\n".join([said, *shown(found, rows, held_out)]), CURE)
    if familiar:
        said = f"{familiar} {of_all} are familiar in part, too few to matter."
        return CHECK.passed("\n".join([said, *shown(found, rows, held_out)]))
    return CHECK.passed(f"None {of_all} shares its wording, its group or its values with a training row.")


def shown(found: Sequence[Leak], rows: Sequence[Row], held_out: Sequence[Row]) -> list[str]:
    return [
        f"Held-out {example(held_out[each.held_out])}: {each.message} See {example(rows[each.train])}."
        for each in found[:SHOWN]
    ]
