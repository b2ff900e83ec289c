#!/usr/bin/env python
"""The command line of AI Director: `./manage.py help` lists what it can do."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one management command; a wrong environment ends in one sentence, not in a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aidirector.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. Run `make install`, then use .venv/bin/python.")
    try:
        _ = settings.INSTALLED_APPS  # reading one setting loads them all
    except ImproperlyConfigured as problem:
        sys.exit(f"AI Director cannot start: {problem}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
