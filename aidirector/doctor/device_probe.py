"""What torch can do here, as one JSON object: `python -m aidirector.doctor.device_probe`.

A process of its own, so that neither torch nor a CUDA context stays in the one that asks.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from typing import Any

DTYPES = ("float32", "bfloat16", "float16")
PARTS = ("transformers", "peft", "trl", "bitsandbytes")


def probe() -> dict[str, Any]:
    """Versions of the training parts, the devices, and the dtypes in which a product comes out right."""
    facts: dict[str, Any] = {"torch": None, "parts": {name: _version(name) for name in PARTS}}
    if importlib.util.find_spec("torch") is None:
        return facts
    import torch

    cuda = torch.cuda.is_available()
    device = "cuda" if cuda else "mps" if torch.backends.mps.is_available() else "cpu"
    facts |= {
        "torch": torch.__version__,
        "device": device,
        "gpus": [_gpu(index) for index in range(torch.cuda.device_count())] if cuda else [],
        "dtypes": [name for name in DTYPES if _multiplies(getattr(torch, name), device)],
    }
    return facts


def _gpu(index: int) -> dict[str, Any]:
    import torch

    properties = torch.cuda.get_device_properties(index)
    return {"name": properties.name, "memory_gib": round(properties.total_memory / 2**30, 1)}


def _multiplies(dtype: Any, device: str) -> bool:
    import torch

    try:
        ones = torch.ones(8, 8, dtype=dtype, device=device)
        return bool((ones @ ones == 8).all().item())
    except (RuntimeError, TypeError):
        return False


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    print(json.dumps(probe()))
