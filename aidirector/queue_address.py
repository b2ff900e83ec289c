"""Where the embedded queue listens: a private socket under var/, or a short path if that is too long."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SOCKET_NAME = "redis.sock"
PATH_LIMIT = 104  # sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included


def queue_folder(var: Path) -> Path:
    """The folder of the embedded queue's data, readable by its owner alone."""
    path = var / "queue"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def socket_path(var: Path) -> Path:
    """The queue's socket. A fallback is written down, so that every process finds the same one."""
    direct = var / "queue" / SOCKET_NAME
    if fits(direct):
        return direct
    note = queue_folder(var) / "socket_path"
    if note.exists():
        noted = Path(note.read_text().strip())
        if _is_private(noted.parent):
            return noted
    fallback = _private_folder(var) / SOCKET_NAME
    note.write_text(f"{fallback}\n")
    return fallback


def fits(path: Path) -> bool:
    """Whether the system can bind a socket at this path."""
    return len(os.fsencode(path)) < PATH_LIMIT


def _private_folder(var: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"aidirector-{os.getuid()}-{digest}"
    path.mkdir(mode=0o700, exist_ok=True)
    # Anybody may make folders in the temporary directory: use ours, never one laid out for us.
    if not _is_private(path):
        raise ImproperlyConfigured(
            f"{path} belongs to somebody else or is open to others. "
            "Delete it, or let AIDIRECTOR_VAR name a folder with a shorter path."
        )
    return path


def _is_private(path: Path) -> bool:
    try:
        facts = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
