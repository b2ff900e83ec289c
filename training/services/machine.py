"""What this machine can train with, asked without importing torch."""

from __future__ import annotations

import platform
from pathlib import Path

from background.gpus import gpus


def has_fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 matrices faster than float32 ones (AVX-512 BF16, AMX)."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def has_gpu() -> bool:
    """Whether an NVIDIA driver has a GPU for us here."""
    return bool(gpus())


def machine_name() -> str:
    """Host, processor and the GPUs this process may use, as a run keeps it."""
    parts = [platform.machine(), *sorted({gpu.name for gpu in gpus()})]
    return f"{platform.node()} ({', '.join(parts)})"[:200]
