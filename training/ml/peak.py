"""How much memory this process has taken at most."""

from __future__ import annotations

import resource
import sys


def peak_memory() -> int:
    """Bytes: the GPU's peak where there is one, else the process's largest resident size."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
