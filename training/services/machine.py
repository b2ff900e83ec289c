"""What this machine can train with, asked without importing torch."""

from __future__ import annotations

import shutil
import subprocess


def has_gpu() -> bool:
    """Whether an NVIDIA driver answers here."""
    if shutil.which("nvidia-smi") is None:
        return False
    return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode == 0
