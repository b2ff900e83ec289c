"""The machine itself: GPUs, dtypes, the training parts, disk space."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

from django.conf import settings

from aidirector.doctor.finding import Finding, Level

PROBE_SECONDS = 120
GIB = 2**30
FULL = 1 * GIB
NARROW = 10 * GIB  # a 7B base alone takes 15


def device_findings() -> list[Finding]:
    """Torch, the device, the dtypes and the optional parts, from one probe in another process."""
    facts = _probe()
    if facts is None or facts["torch"] is None:
        return [_no_torch(broken=facts is None), *_driver_without_torch()]
    return [_torch(facts), _device(facts), _dtypes(facts), _bitsandbytes(facts)]


def disk_finding() -> Finding:
    """Free space where models and checkpoints are written."""
    free = shutil.disk_usage(settings.VAR_DIR).free
    facts = {"path": str(settings.VAR_DIR), "free_gib": round(free / GIB, 1)}
    sentence = f"{facts['free_gib']} GiB free in {settings.VAR_DIR}."
    cure = "Delete what is not needed, or let AIDIRECTOR_VAR name a folder on a larger disk."
    if free < FULL:
        return Finding("disk", Level.PROBLEM, sentence, cure, facts)
    if free < NARROW:
        return Finding("disk", Level.NOTE, f"{sentence} Enough for the demo, not for large bases.", cure, facts)
    return Finding("disk", Level.OK, sentence, facts=facts)


def _probe() -> dict[str, Any] | None:
    command = [sys.executable, "-m", "aidirector.doctor.device_probe"]
    try:
        answer = subprocess.run(
            command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=PROBE_SECONDS, check=True
        )
        facts: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError):
        return None
    return facts


def _no_torch(*, broken: bool) -> Finding:
    if broken:
        return Finding("torch", Level.PROBLEM, "torch is installed but does not start.", "Run `make install` again.")
    return Finding(
        "torch",
        Level.NOTE,
        "torch is not installed: this machine can serve pages, but not train or generate.",
        "Run `make install` for the training parts.",
    )


def _driver_without_torch() -> list[Finding]:
    names = gpu_names()
    return [Finding("gpu", Level.NOTE, f"The driver reports {', '.join(names)}.")] if names else []


def gpu_names() -> list[str]:
    """The GPUs the driver knows, whatever torch can use."""
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.split("\n")[:-1] if answer.returncode == 0 else []


def _torch(facts: dict[str, Any]) -> Finding:
    missing = [name for name in ("transformers", "peft", "trl") if facts["parts"][name] is None]
    if missing:
        return Finding("torch", Level.PROBLEM, f"{', '.join(missing)} not installed.", "Run `make install`.", facts)
    others = ", ".join(f"{name} {version}" for name, version in facts["parts"].items() if version)
    return Finding("torch", Level.OK, f"torch {facts['torch']}, {others}.", facts=facts["parts"])


def _device(facts: dict[str, Any]) -> Finding:
    if facts["gpus"]:
        said = ", ".join(f"{gpu['name']} ({gpu['memory_gib']} GiB)" for gpu in facts["gpus"])
        return Finding("gpu", Level.OK, f"{said}.", facts={"gpus": facts["gpus"]})
    if facts["device"] == "mps":
        return Finding("gpu", Level.OK, "The Apple GPU is used through MPS.", facts={"device": "mps"})
    if names := gpu_names():
        return Finding(
            "gpu",
            Level.PROBLEM,
            f"The driver reports {', '.join(names)}, but this torch ({facts['torch']}) cannot use it.",
            "Install the torch build for your CUDA version: see pytorch.org, then run this again.",
        )
    return Finding(
        "gpu",
        Level.NOTE,
        f"No GPU: training runs on {os.cpu_count()} CPU cores, which is enough for the starter models.",
        "For bases of a billion parameters and more, use a machine with a GPU.",
        {"device": "cpu", "cores": os.cpu_count()},
    )


def _dtypes(facts: dict[str, Any]) -> Finding:
    return Finding(
        "dtypes",
        Level.OK,
        f"{', '.join(facts['dtypes'])} on {facts['device']}.",
        facts={"dtypes": facts["dtypes"]},
    )


def _bitsandbytes(facts: dict[str, Any]) -> Finding:
    version = facts["parts"]["bitsandbytes"]
    if version:
        return Finding("bitsandbytes", Level.OK, f"bitsandbytes {version}: bases can be loaded in 4 bits.")
    return Finding(
        "bitsandbytes",
        Level.NOTE,
        "bitsandbytes is not installed, so bases are loaded in full precision.",
        "Run `make install` on a platform that has it.",
    )
