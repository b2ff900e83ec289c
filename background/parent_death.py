"""End this process when its parent ends.

A work horse whose worker was killed would go on training while the job is started a second time. On Linux the
kernel does it (PR_SET_PDEATHSIG); elsewhere a thread watches.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

PR_SET_PDEATHSIG = 1
WATCH_SECONDS = 0.5

# Loaded before any fork: the child of a threaded process should not have to import or allocate much.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int, sig: signal.Signals = signal.SIGKILL) -> None:
    """Call in the child, soon after the fork or before the exec. `parent` is the parent's process id.

    The kernel's signal is bound to the *thread* that forked: let it live as long as the child should.
    """
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it ended before the signal was asked for
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def preexec(parent: int, sig: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """For `Popen(preexec_fn=…)`: the program dies with us. On Linux only; elsewhere nobody would watch."""
    return partial(die_with_parent, parent, sig) if _prctl is not None else None
