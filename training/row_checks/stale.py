"""Whether the tools a row declares are the team's tools as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from training.row_checks.findings import Finding, Kind, Surroundings
from training.row_checks.reading import objects

STALE = Kind(
    "stale_tool",
    "warning",
    "Tool changed since",
    "The row declares '{tool}' otherwise than its current version {version}.",
    "Migrate the rows of '{tool}' on the tool's page.",
)
KINDS = (STALE,)


def check(row: Mapping[str, Any], surroundings: Surroundings) -> Iterator[Finding]:
    for where, tool in objects(row.get("tools"), "tools"):
        function = tool.get("function") if isinstance(tool, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if not isinstance(name, str) or name not in surroundings.tools:
            continue
        version, schema = surroundings.tools[name]
        if tool != schema:
            yield STALE.at(where, tool=name, version=version)
