"""`manage.py …` inside the test's process, as its `main` runs it: what it prints and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import ManagementUtility


def run(*arguments: str) -> None:
    ManagementUtility(["manage.py", *arguments]).execute()


def refused(capsys: Any, *arguments: str) -> str:
    """The one sentence with which the command ends, with an exit code that is not 0."""
    with pytest.raises(SystemExit) as exit_:
        run(*arguments)
    assert exit_.value.code, "a problem is not a success"
    shown = capsys.readouterr()
    assert shown.out == ""
    sentence = shown.err.removeprefix("CommandError: ").strip()
    assert "Traceback" not in sentence
    assert len(sentence.splitlines()) == 1, sentence
    return sentence
