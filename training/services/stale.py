"""What is stale: rows and frozen versions that declare a tool otherwise than the team does now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from brands.models import Team
from training.models import DatasetVersion, Example, Finding, Tool
from training.row_checks import Surroundings, stale
from training.services.findings import CurrentTools, current_tools, finding_row

CHUNK = 500


@transaction.atomic
def mark_stale(*, team: Team, names: Iterable[str]) -> int:
    """Say at every row and frozen version of the team that declares one of the tools whether it is stale now.

    Returns how many rows are. A tool without a version left makes nothing stale.
    """
    wanted, current = set(names), current_tools(team)
    if not wanted:
        return 0
    marked = 0
    for rows in declaring(team, wanted):
        tools = {row.pk: row.tools for row in rows}
        found = [
            finding_row(pk, each)
            for pk, declared in tools.items()
            for each in stale.check({"tools": declared}, Surroundings(tools=current))
        ]
        Finding.objects.filter(example__in=tools, code=stale.STALE.code).delete()
        Finding.objects.bulk_create(found)
        marked += len({finding.example_id for finding in found})
    mark_versions(team, wanted, current)
    return marked


def declaring(team: Any, names: Iterable[str], *columns: str) -> Iterator[list[Any]]:
    """The team's examples that name one of the tools, 500 at a time, with `tools` and the other columns asked for."""
    rows = Example.objects.filter(dataset__team=team).order_by("pk").only("pk", "tools", *columns)
    yield from chunks(naming(rows, "tools", names))


def naming(rows: QuerySet[Any], column: str, names: Iterable[str]) -> QuerySet[Any]:
    """Rows whose JSON column holds one of the names as a text; more may come where a name is not ASCII.

    JSON is asked for by its text, which both databases can do; what it means there is looked at in Python.
    """
    wanted = list(names)
    rows = rows.annotate(json_text=Cast(column, TextField()))
    if len(wanted) == 1 and wanted[0].isascii():
        return rows.filter(json_text__contains=f'"{wanted[0]}"')
    return rows.exclude(json_text="[]")


def chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows in lists of 500, by key: what is written meanwhile disturbs no cursor."""
    last = 0
    while found := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield found
        last = found[-1].pk


def mark_versions(team: Team, names: set[str], current: CurrentTools) -> None:
    """Bring `stale_tools` of the team's frozen versions up to date for these tools."""
    changed: list[DatasetVersion] = []
    for version in DatasetVersion.objects.of(team).only("pk", "tools", "stale_tools").iterator(chunk_size=CHUNK):
        row = {"tools": [tool for tool in listed(version.tools) if name_of(tool) in names]}
        found = {f.values["tool"] for f in stale.check(row, Surroundings(tools=current))}
        before = [name for name in listed(version.stale_tools) if isinstance(name, str)]
        after = sorted({*(name for name in before if name not in names), *found})
        if after != before:
            version.stale_tools = after
            changed.append(version)
    DatasetVersion.objects.bulk_update(changed, ["stale_tools"], batch_size=CHUNK)


def name_of(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    return function.get("name") if isinstance(function, Mapping) else None


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def stale_count(tool: Tool) -> int:
    """How many rows the checks marked stale by this tool."""
    said = Finding.objects.filter(
        code=stale.STALE.code, example__dataset__team=tool.team_id, message__contains=f"declares '{tool.name}' "
    )
    return int(said.values("example").distinct().count())
