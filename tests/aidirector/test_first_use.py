"""The first command on a new machine: nothing was prepared, and it works or says in a sentence what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from background import migrating
from background.migrating import OutdatedDatabase, make_ready


def run(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env={**kept, "AIDIRECTOR_VAR": str(var), "DJANGO_SETTINGS_MODULE": "aidirector.settings"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pack_loads_and_freezes_before_anything_else_was_done(tmp_path):
    loaded = run(tmp_path, "load_pack", "brands")
    assert (loaded.returncode, loaded.stdout.startswith("Brand content: ")) == (0, True), loaded.stderr
    assert "applied" in loaded.stderr
    frozen = run(tmp_path, "freeze", "brands")
    assert frozen.returncode == 0, frozen.stderr
    assert "applied" not in frozen.stderr


def test_a_database_of_an_older_version_is_left_alone(db, monkeypatch):
    monkeypatch.setattr(migrating, "pending_migrations", lambda: 2)
    with pytest.raises(OutdatedDatabase, match="run `manage.py migrate`"):
        make_ready(print)
