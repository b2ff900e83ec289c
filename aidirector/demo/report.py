"""The demo's figures, taken from its two evaluations, and how they are shown."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from training.models import Evaluation


def figures_of(executor: Evaluation, thinker: Evaluation) -> dict[str, Any]:
    """The report's figures; `intervals` has value, n and 95 % interval of each by the same name."""
    base, tuned = executor.scores["base"], executor.scores["tuned"]
    writes = thinker.scores["tuned_rag"]
    parity = [executor.scores["merged"]["equals_adapter"], thinker.scores["merged_rag"]["equals_adapter"]]
    figures = {
        "executor": {
            "base_strict": base["strict"],
            "tuned_strict": tuned["strict"],
            "tuned_strict_seen_wording": tuned["strict_seen_wording"],
            "tuned_strict_unseen_wording": tuned["strict_unseen_wording"],
            "tuned_schema_valid": tuned["schema_valid"],
        },
        "thinker": {
            "base_rag_fidelity": thinker.scores["base_rag"]["fidelity"],
            "tuned_fidelity": thinker.scores["tuned"]["fidelity"],
            "tuned_rag_fidelity": writes["fidelity"],
            "tuned_rag_complete": writes["complete"],
            "tuned_rag_hallucinated": writes["hallucinated"],
        },
        "language_match": writes["language_match"],
        "merged_equals_adapter": pooled(parity),
    }
    return {name: values(part) for name, part in figures.items()} | {"intervals": figures}


def values(part: dict[str, Any]) -> Any:
    return part["value"] if "value" in part else {name: figure["value"] for name, figure in part.items()}


def pooled(parts: list[dict[str, float]]) -> dict[str, float]:
    """The share over the rows of both test sets together; the interval is the wider one."""
    n = sum(part["n"] for part in parts)
    return {
        "value": sum(part["value"] * part["n"] for part in parts) / n,
        "n": n,
        "low": min(part["low"] for part in parts),
        "high": max(part["high"] for part in parts),
    }


def show(report: dict[str, Any], console: Console) -> None:
    """The closing table and what the models made."""
    table = Table("Measured in this run", "Value", "95 % interval", "n", title="AI Director demo")
    for name, part in report["intervals"].items():
        for label, figure in {name: part}.items() if "value" in part else part.items():
            shown = label if label == name else f"{name}.{label}"
            table.add_row(
                shown,
                f"{figure['value']:.3f}",
                f"{figure['low']:.2f} to {figure['high']:.2f}",
                str(figure["n"]),
            )
    console.print(table)
    times = Table("Step", "Seconds", "Peak memory, MB")
    for step in report["steps"]:
        times.add_row(step["step"], f"{step['seconds']:.1f}", str(step["peak_rss_mb"]))
    console.print(times)
    for language, caption in report["captions"].items():
        console.print(f"[bold]TechZone ({language})[/bold] {escape(caption['text'])}", highlight=False)
    for call in report["calls"]["calls"]:
        made = escape(f"{call['name']} {call['arguments']}")
        console.print(f"[bold]call[/bold] {made}", highlight=False)
