"""One line per event on standard error, short enough to read in a terminal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def logging_config(level: str) -> dict[str, Any]:
    """Django's LOGGING at the given level; refuses a level that does not exist."""
    if level not in LEVELS:
        raise ImproperlyConfigured(f"AIDIRECTOR_LOG_LEVEL={level} is not one of {', '.join(LEVELS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
        "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["terminal"], "level": "WARNING"},
        "loggers": {room: {"level": level} for room in ("background", "brands", "training", "generation", "aidirector")}
        # RQ would add handlers of its own: one handler, one format.
        | {"rq": {"handlers": ["terminal"], "level": level, "propagate": False}}
        # Django's default logs every error twice, to its own console handler and to ours.
        | {"django": {"handlers": ["terminal"], "level": "INFO", "propagate": False}},
    }
