"""One run per GPU: which GPUs this machine has, and a lock on one of them that the kernel frees.

The lock is `flock` on a file of the GPU's own, held by the process of the job: however that process ends, the GPU is
free again. Asked without torch, so that `CUDA_VISIBLE_DEVICES` is set before torch looks for devices.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from background.lease import Lease

VISIBLE = "CUDA_VISIBLE_DEVICES"
WAIT_SECONDS = 1.0
DRIVER_SECONDS = 30
GPU_LINE = re.compile(r"GPU (\d+): (.+) \(UUID: (GPU-[\w-]+)\)")
PART_LINE = re.compile(r"\s+MIG (.+?)\s+Device\s+\d+: \(UUID: (MIG-[\w/-]+)\)")


@dataclass(frozen=True)
class Gpu:
    """A device to train on: `key` is what CUDA_VISIBLE_DEVICES takes, a UUID or an index."""

    key: str
    name: str = "GPU"


def gpus() -> list[Gpu]:
    """The GPUs this process may use, in the driver's order; those of CUDA_VISIBLE_DEVICES where that is set."""
    visible = os.environ.get(VISIBLE)
    if visible is None:
        return installed()
    keys: list[str] = []
    for key in (each.strip() for each in visible.split(",")):
        if not key or key == "-1":  # as CUDA reads it: what follows does not count
            break
        keys.append(key)
    names = {gpu.key: gpu.name for gpu in installed()} if keys else {}
    return [Gpu(key, names.get(key, f"GPU {key}")) for key in keys]


def installed() -> list[Gpu]:
    """The GPUs the NVIDIA driver knows. Of one that is cut into MIG parts, the parts."""
    if shutil.which("nvidia-smi") is None:
        return []
    try:
        answer = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=DRIVER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return read_list(answer.stdout) if answer.returncode == 0 else []


def read_list(text: str) -> list[Gpu]:
    """The devices of `nvidia-smi -L`."""
    found: list[tuple[Gpu, list[Gpu]]] = []
    for line in text.splitlines():
        if whole := GPU_LINE.match(line):
            found.append((Gpu(whole[3], whole[2]), []))
        elif found and (part := PART_LINE.match(line)):
            found[-1][1].append(Gpu(part[2], f"{found[-1][0].name}, {part[1]}"))
    return [gpu for whole_gpu, parts in found for gpu in parts or [whole_gpu]]


@contextmanager
def one_gpu(wait: Callable[[], None] = lambda: None) -> Iterator[Gpu | None]:
    """Hold the first free GPU for the length of the block, the only one the block sees; None where there is none.

    While all are taken, `wait` is called every second; what it raises ends the waiting.
    """
    devices = gpus()
    if not devices:
        yield None
        return
    gpu, lock = _first_free(devices, wait)
    before = os.environ.get(VISIBLE)
    os.environ[VISIBLE] = gpu.key
    try:
        with lock:
            yield gpu
            lock.truncate(0)
    finally:
        if before is None:
            del os.environ[VISIBLE]
        else:
            os.environ[VISIBLE] = before


@contextmanager
def gpu_for(lease: Lease) -> Iterator[Gpu | None]:
    """A GPU for a leased job, which says that it waits and can be cancelled while it does."""
    with one_gpu(lambda: lease.beat(step="Waiting for a GPU: all are taken")) as gpu:
        yield gpu


def _first_free(devices: list[Gpu], wait: Callable[[], None]) -> tuple[Gpu, IO[str]]:
    while True:
        for gpu in devices:
            if lock := _try_lock(gpu):
                return gpu, lock
        wait()
        time.sleep(WAIT_SECONDS)


def _try_lock(gpu: Gpu) -> IO[str] | None:
    path = _lock_path(gpu)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def held_by(pid: int, devices: list[Gpu]) -> Gpu | None:
    """Which of the GPUs this living process holds, or None."""
    for gpu in devices:
        with suppress(OSError):
            if _lock_path(gpu).read_text("utf-8") == str(pid):
                return gpu
    return None


def _lock_path(gpu: Gpu) -> Path:
    return Path(settings.VAR_DIR) / "gpus" / f"{re.sub(r'[^A-Za-z0-9-]', '_', gpu.key)}.lock"
