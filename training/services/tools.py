"""A team's tools: new versions where a declaration differs, and marks on everything that still has an older one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from brands.models import Team
from training.argument_changes import ToolChange
from training.errors import ToolRefused, UnreadableTool
from training.models import Tool
from training.services.findings import current_tools
from training.services.stale import mark_stale
from training.tool_changes import changes
from training.tool_import import check_tool

NEW, SAME, CHANGED = "new", "same", "changed"


@dataclass(frozen=True)
class Compared:
    """A declaration beside what the team has: `outcome` is "new", "same" or "changed", `version` what it is then."""

    schema: dict[str, Any]
    outcome: str
    version: int
    changes: tuple[ToolChange, ...] = ()

    @property
    def name(self) -> str:
        return str(self.schema["function"]["name"])

    def as_json(self) -> dict[str, Any]:
        told = {"tool": self.name, "outcome": self.outcome, "version": self.version}
        return told | {"changes": [change.as_json() for change in self.changes]}


def compared(*, team: Team, declarations: Sequence[dict[str, Any]]) -> list[Compared]:
    """What would happen to each declaration; one query."""
    current = current_tools(team)
    found = []
    for schema in declarations:
        version, before = current.get(schema["function"]["name"], (0, None))
        if before is None:
            found.append(Compared(schema, NEW, 1))
        elif before == schema:
            found.append(Compared(schema, SAME, version))
        else:
            found.append(Compared(schema, CHANGED, version + 1, tuple(known_changes(before, schema))))
    return found


def known_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ToolChange]:
    """What changed; nothing is known about a stored declaration that is none."""
    try:
        return changes(before, after)
    except (AttributeError, KeyError, TypeError):
        return []


@transaction.atomic
def keep_tools(*, team: Team, declarations: Sequence[dict[str, Any]]) -> list[Compared]:
    """Keep each declaration that differs from the team's as a new version, and mark what is stale by it.

    Raises UnreadableTool when one is no sound declaration; nothing is kept then.
    """
    for number, schema in enumerate(declarations, start=1):
        check_tool(f"Tool {number}", schema)
    list(Team.objects.select_for_update().filter(pk=team.pk))  # two imports at once would number alike
    found = compared(team=team, declarations=declarations)
    Tool.objects.bulk_create(
        Tool(
            team=team,
            name=each.name,
            version=each.version,
            description=str(each.schema["function"].get("description") or ""),
            schema=each.schema,
        )
        for each in found
        if each.outcome != SAME
    )
    mark_stale(team=team, names=[each.name for each in found if each.outcome != SAME])
    return found


def save_tool(*, team: Team, schema: dict[str, Any]) -> Tool:
    """The current version of the tool; a changed schema makes a new version."""
    (kept,) = keep_tools(team=team, declarations=[schema])
    tool: Tool = Tool.objects.of(team).get(name=kept.name, version=kept.version)
    return tool


def new_version(*, tool: Tool, schema: Any) -> Compared:
    """A tool's declaration as it shall be from now on. Raises UnreadableTool and ToolRefused."""
    check_new_version(tool=tool, schema=schema)
    return keep_tools(team=tool.team, declarations=[schema])[0]


def check_new_version(*, tool: Tool, schema: Any) -> None:
    """Raises UnreadableTool for an unsound declaration, and ToolRefused for one of another name."""
    if not isinstance(schema, dict):
        raise UnreadableTool("A declaration is an object. Write it as one.")
    check_tool("The declaration", schema)
    if schema["function"]["name"] != tool.name:
        raise ToolRefused(
            f"The declaration is called '{schema['function']['name']}': a tool keeps its name, '{tool.name}'. "
            "Import a tool of another name as a new one."
        )


@transaction.atomic
def delete_tools(*, tools: QuerySet[Any]) -> None:
    """Delete versions; what an older version says is current then, which may unmark rows and mark others."""
    names: dict[Any, set[str]] = {}
    for tool in tools.select_related("team"):
        names.setdefault(tool.team, set()).add(tool.name)
    tools.delete()
    for team, gone in names.items():
        mark_stale(team=team, names=gone)


def neighbours(tool: Tool) -> tuple[Tool | None, Tool]:
    """The version before this one, if there is one, and the current one."""
    versions = list(Tool.objects.filter(team=tool.team_id, name=tool.name).order_by("-version"))
    return next((each for each in versions if each.version < tool.version), None), versions[0] if versions else tool
