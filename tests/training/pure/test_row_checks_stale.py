"""Rows that declare a tool otherwise than the team does now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.training.pure.checked_rows import VOLUME, call_row, codes, found, places
from training.row_checks import Surroundings, check_row

OTHER: dict[str, Any] = {"type": "function", "function": {**VOLUME["function"], "description": "Louder"}}


def test_a_row_with_another_declaration_is_stale_and_says_of_which_version() -> None:
    row = call_row({"level": 7})
    assert codes(row) == codes(row, tools={"set_volume": (1, VOLUME), "other": (3, OTHER)}) == []
    (finding,) = found(row, tools={"set_volume": (4, OTHER)})
    assert (finding.code, finding.severity, finding.where) == ("stale_tool", "warning", "tools[0]")
    assert finding.message == "The row declares 'set_volume' otherwise than its current version 4."
    assert finding.cure == "Migrate the rows of 'set_volume' on the tool's page."


def test_each_declaration_is_looked_at() -> None:
    row = call_row({"level": 7}, tools=(VOLUME, OTHER, VOLUME))
    assert places(row, "stale_tool", tools={"set_volume": (2, OTHER)}) == ["tools[0]", "tools[2]"]


@pytest.mark.parametrize("tools", [None, 7, "x", [None], [{}], [{"function": 1}], [{"function": {"name": []}}]])
def test_whatever_stands_there_is_no_crash(tools: Any) -> None:
    check_row({"tools": tools}, Surroundings(tools={"set_volume": (1, VOLUME)}))
