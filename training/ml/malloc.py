"""The C library's memory, which holds the tensors of a run off the GPU.

glibc keeps most of what is freed for later requests. A tensor's memory has to be aligned, for which a hole of exactly
its size is too small, so that holes stay and the process takes more than its tensors do: a quarter to a
half as much again in a run without gradient checkpointing, and three times as much with it, where most of what a step
makes is freed at once.
"""

from __future__ import annotations

import ctypes

THRESHOLD_OPTION = -3  # M_MMAP_THRESHOLD of malloc.h
OWN_PAGES = 64 * 1024


def give_back_at_once() -> bool:
    """Have memory of 64 KB and more returned to the machine when it is freed; whether the C library can do that.

    The process then takes what its tensors take. Fresh pages cost time, a third of a step on a small model.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(THRESHOLD_OPTION, OWN_PAGES))
    except (AttributeError, OSError):
        return False
