"""What a run will take, as the plan's page draws it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from training.planning.as_text import duration
from training.planning.foresight import size

NAMES = {
    "runtime": _l("Python and its libraries"),
    "weights": _l("weights of the base"),
    "adapter": _l("adapter"),
    "optimizer": _l("optimizer's states"),
    "gradients": _l("gradients"),
    "activations": _l("activations, kept for the backward pass"),
    "loss": _l("loss: scores of the labelled tokens"),
}
GAP = 0.4  # of the bar's width, in per cent, between two parts


def foreseen_page(seen: dict[str, Any]) -> dict[str, Any]:
    predicted, free = seen["predicted"], seen["machine"]["free_memory"]
    memory = predicted["memory"]
    return {
        "total": size(memory["total"]),
        "free": size(free) if free else "",
        "fits": seen["fits"],
        "changes": seen["changes"],
        "machine": seen["machine"]["name"],
        "on_gpu": seen["machine"]["device"] == "cuda",
        "parts": parts(memory),
        "time": duration(predicted["seconds"]),
        "pace": f"{predicted['tokens_per_second']:,.0f}",
        "paced_by": predicted["paced_by"],
        "is_calibrated": predicted["calibration"] != 1.0,
        "longest": seen["plan"]["longest"],
        "stages": [
            {"number": number, "steps": steps, **tokens, "labelled": f"{tokens['labelled']:.0%}"}
            for number, (steps, tokens) in enumerate(zip(seen["steps"], seen["tokens"], strict=True), 1)
        ],
        "steps": sum(seen["steps"]),
    }


def parts(memory: dict[str, int]) -> list[dict[str, Any]]:
    """Each part with its place in a bar 100 wide; `x` and `width` leave a gap between neighbours."""
    found, at = [], 0.0
    for name, label in NAMES.items():
        if not (taken := memory.get(name, 0)):
            continue
        share = 100 * taken / max(memory["total"], 1)
        found.append(
            {
                "key": name,
                "label": label,
                "size": size(taken),
                "share": _("%s %%") % f"{share:.0f}",
                "x": f"{at:.2f}",
                "width": f"{max(share - GAP, 0.2):.2f}",
            }
        )
        at += share
    return found
