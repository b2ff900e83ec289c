"""Read the environment: each variable once, and a wrong value is refused in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable's value without surrounding space; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    """A yes-or-no variable."""
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={value} is neither yes nor no: set it to 1 or 0, or leave it out.")
    return value in TRUE


def number(name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    value = text(name, str(default))
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise ImproperlyConfigured(f"{name}={value} is no number from 1 to {most}: set it to one, or leave it out.")
    return int(value)


def names(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()] or list(default)


def folder(name: str, default: Path) -> Path:
    """A directory that exists after the call, as an absolute path."""
    path = Path(text(name, str(default))).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"The folder {path} cannot be made ({problem.strerror}). "
            f"Set {name} to a folder you may write in, or change the permissions of this one."
        ) from problem
    return path
