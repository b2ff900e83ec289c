"""Is there room for what the run will write?"""

from __future__ import annotations

from training.preflight.verdicts import Check, Verdict

CHECK = Check("disk", "Room on the disk")
CHECKPOINTS = 3  # two to go on from, and the one that is being written or the best
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
SPARE = 1.1  # for tokenizers, logs and file systems


def needed(*, trainable: int, parameters: int, dtype: str, optimizer: str, stages: int) -> dict[str, int]:
    """Bytes by what they are for. A checkpoint holds the adapter in float32 and Adam's two moments of each weight;
    every stage leaves its adapter and its merged weights."""
    moments = 2 if "8bit" in optimizer else 8
    return {
        f"{CHECKPOINTS} checkpoints": CHECKPOINTS * trainable * (4 + moments),
        "adapters": stages * trainable * 4,
        "merged weights": stages * parameters * BYTES.get(dtype, 4),
    }


def disk(parts: dict[str, int], free: int) -> Verdict:
    wanted = int(SPARE * sum(parts.values()))
    figures = ", ".join(f"{size(count)} for {name}" for name, count in parts.items())
    if wanted > free:
        said = f"The run needs {size(wanted)} and {size(free)} are free: {figures}."
        return CHECK.failed(said, "Make room on the disk, or point AIDIRECTOR_VAR to a folder on a larger one.")
    return CHECK.passed(f"{size(wanted)} of {size(free)} that are free: {figures}.")


def size(count: int) -> str:
    """Bytes in the unit people say."""
    if count < 1_000_000_000:
        return f"{count / 1e6:,.0f} MB"
    return f"{count / 1e9:,.1f} GB"
