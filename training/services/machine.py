"""What this machine can train with, asked without importing torch."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path


def has_fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 matrices faster than float32 ones (AVX-512 BF16, AMX)."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def has_gpu() -> bool:
    """Whether an NVIDIA driver answers here."""
    if shutil.which("nvidia-smi") is None:
        return False
    return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode == 0


def machine_name() -> str:
    """Host and processor, as a run keeps it."""
    return f"{platform.node()} ({platform.machine()})"
