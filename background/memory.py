"""How much memory a machine or one of its GPUs has, and how much of it is used, in bytes."""

from __future__ import annotations

import shutil
import subprocess
import time

from background.gpus import Gpu

MIB = 2**20
AGAIN_SECONDS = 15.0  # asking the driver takes up to a second
_asked: dict[str, tuple[float, tuple[int, int]]] = {}


def machine_memory() -> tuple[int, int]:
    """(total, used) main memory, (0, 0) where psutil is not installed."""
    try:
        import psutil
    except ImportError:
        return 0, 0
    memory = psutil.virtual_memory()
    return int(memory.total), int(memory.total - memory.available)


def gpu_memory(gpu: Gpu) -> tuple[int, int]:
    """(total, used) memory of a GPU as its driver has it, (0, 0) where it does not say; at most every 15 s anew."""
    when, found = _asked.get(gpu.key, (0.0, (0, 0)))
    if not when or time.monotonic() - when > AGAIN_SECONDS:
        found = _ask(gpu)
        _asked[gpu.key] = time.monotonic(), found
    return found


def _ask(gpu: Gpu) -> tuple[int, int]:
    if shutil.which("nvidia-smi") is None:
        return 0, 0
    command = ["nvidia-smi", f"--id={gpu.key}", "--query-gpu=memory.total,memory.used", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        total, used = (int(figure) * MIB for figure in answer.stdout.split(","))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0, 0
    return total, used
