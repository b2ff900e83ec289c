"""The secret key that signs sessions: from the environment, else made once and kept in a private file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

FILE_NAME = "secret_key"


def secret_key(var: Path, from_environment: str) -> str:
    """The key to use. The file is linked into place, so that two first starts agree on one key."""
    if from_environment:
        return from_environment
    path = var / FILE_NAME
    try:
        if not path.exists():
            _create(path)
        key = path.read_text().strip()
    except OSError as problem:
        raise ImproperlyConfigured(
            f"The secret key in {path} cannot be read or made ({problem.strerror}). "
            "Set AIDIRECTOR_SECRET_KEY, or let AIDIRECTOR_VAR name a folder you may write in."
        ) from problem
    if not key:
        raise ImproperlyConfigured(f"The secret key file {path} is empty. Delete it, and a new one is made.")
    return key


def _create(path: Path) -> None:
    draft = path.with_name(f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key is the key
    finally:
        draft.unlink()
