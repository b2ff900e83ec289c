"""Cells of exported tables, which spreadsheets must not take for formulas."""

from __future__ import annotations

import re

ACTIVE = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


def neutralised(text: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe goes before = + - @, a tab and a carriage return.

    Another one goes before text that begins so with an apostrophe already, so that `told` gives every text back.
    """
    return f"'{text}" if ACTIVE.match(text) else text


def told(cell: str) -> str:
    """The text that `neutralised` made a cell of."""
    return cell[1:] if NEUTRALISED.match(cell) else cell
