"""A foreseen run as lines for a terminal. Pure."""

from __future__ import annotations

from typing import Any

from training.planning.foresight import size

ROUGH = "a rough figure: no run of this base was measured on a machine like this"


def as_text(seen: dict[str, Any]) -> str:
    """The plan's values, stages, memory in parts, time, and what to change when it does not fit."""
    plan, predicted, machine = seen["plan"], seen["predicted"], seen["machine"]
    memory = predicted["memory"]
    lines = [f"Base {seen['base']} on {machine['name']}"]
    lines += [f"  {name:<22} {shown(value)}" for name, value in plan.items() if name != "stages"]
    lines += [
        f"Stage {number}: {tools_of(plan, number)}, {tokens['rows']:,} rows, {steps:,} steps, "
        f"{tokens['median']:,} tokens a row in the median, {tokens['longest']:,} at most"
        for number, (steps, tokens) in enumerate(zip(seen["steps"], seen["tokens"], strict=True), 1)
    ]
    lines.append(f"Memory {size(memory['total'])}{room(machine['free_memory'])}:")
    lines += [f"  {name:<22} {size(taken)}" for name, taken in memory.items() if name != "total"]
    by = f"as {predicted['paced_by']} earlier runs went" if predicted["paced_by"] else ROUGH
    lines.append(f"Time {duration(predicted['seconds'])} ({by})")
    if not seen["fits"]:
        lines += ["It does not fit. What to change:", *(f"  {change}" for change in seen["changes"])]
    return "\n".join(lines)


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def room(free: int) -> str:
    return f" of {size(free)} that are free" if free else ""


def duration(seconds: float) -> str:
    """Seconds in the units people say: "45 s", "12 min", "3 h 20 min"."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def tools_of(plan: dict[str, Any], number: int) -> str:
    count = len(plan["stages"][number - 1])
    return f"{count} tool{'s' * (count != 1)}" if count else "no tools"
