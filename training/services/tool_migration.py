"""Migration: rows that declare a tool as it was follow to its current version, where no person is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from brands.models import Team
from training.argument_changes import ToolChange, written
from training.errors import ToolRefused
from training.models import Change, Example, Finding, Tool
from training.row_migration import Migrated, declared, migrated
from training.services.content import content_hash
from training.services.findings import CurrentTools, current_tools, findings_of
from training.services.stale import CHUNK, declaring
from training.tool_changes import changes
from training.tool_schemas import properties

SAMPLES = 3
REASONS = 20
HERE_ALREADY = "The dataset has the row that would come of it already. Reject one of the two."


@dataclass
class Preview:
    """What a migration would do: rows by outcome, why a person is needed, and a few rows before and after.

    `arguments` has the new name of each old argument that is gone, empty for one that was removed; `kept` has the
    arguments that every older declaration has too.
    """

    tool: Tool
    mechanical: int = 0
    people: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    changes: dict[str, ToolChange] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    samples: list[tuple[Example, dict[str, Any]]] = field(default_factory=list)


class Ways:
    """From each declaration that rows hold to the tool as it is now; every declaration is compared once."""

    def __init__(self, tool: Tool, renames: Mapping[str, str]) -> None:
        self.tool, self.renames = tool, dict(renames)
        versions = Tool.objects.filter(team=tool.team_id, name=tool.name).order_by("version")
        self.versions = {written(each.schema): each.version for each in versions}
        self.known: dict[str, list[ToolChange]] = {}
        self.kept = set(properties(tool.schema))

    def of(self, example: Example) -> tuple[str, Migrated] | None:
        """(the reason to write down, the row as it would be); None for one that does not declare an older version."""
        before = declared({"tools": example.tools}, self.tool.name)
        if before is None or before == self.tool.schema:
            return None
        key = written(before)
        if key not in self.known:
            self.known[key] = self.changed(before)
            self.kept &= set(properties(before))
        row = {"messages": example.messages, "tools": example.tools, "expected": example.expected}
        old = self.versions.get(key)
        reason = f"{self.tool.name} {f'v{old} ' if old else ''}→ v{self.tool.version}"
        return reason, migrated(row, self.tool.schema, self.known[key])

    def changed(self, before: Any) -> list[ToolChange]:
        try:
            return changes(before, self.tool.schema, self.renames)
        except (AttributeError, KeyError, TypeError):
            return [ToolChange("rules", "", False, "The older declaration is none.", "Correct the row by hand.")]


def find_tool(*, team: Team, name: str) -> Tool:
    """The current version of the team's tool. Raises ToolRefused with the names there are."""
    found: Tool | None = Tool.objects.of(team).filter(name=name).order_by("-version").first()
    if found is None:
        names = Tool.objects.of(team).order_by("name").values_list("name", flat=True).distinct()
        known = ", ".join(names[:40]) or "none yet"
        raise ToolRefused(f"There is no tool '{name}' in {team.name}. Its tools: {known}.")
    return found


def check_renames(tool: Tool, renames: Mapping[str, str]) -> None:
    """Raises ToolRefused for a new name the tool does not have, and for one that two old names would take."""
    now = properties(tool.schema)
    for old, new in renames.items():
        if new and new not in now:
            known = ", ".join(now) or "none"
            raise ToolRefused(f"'{old}' cannot become '{new}': '{tool.name}' has no such argument. It has: {known}.")
    taken = Counter(new for new in renames.values() if new)
    if twice := next((new for new, times in taken.items() if times > 1), None):
        raise ToolRefused(f"Two arguments cannot both become '{twice}': rename one of them to something else.")


def preview(*, tool: Tool, renames: Mapping[str, str] | None = None) -> Preview:
    """Look at every row, write nothing. Raises ToolRefused for renames that cannot be."""
    check_renames(tool, renames or {})
    ways, told = Ways(tool, renames or {}), Preview(tool)
    for rows in declaring(tool.team_id, [tool.name], "messages", "expected", "language"):
        for example in rows:
            count(told, example, ways.of(example))
    told.changes = {change.sentence: change for found in ways.known.values() for change in found}
    told.kept = ways.kept if ways.known else set()
    told.arguments = {change.argument: change.new_name for change in told.changes.values() if is_gone(change)}
    return told


def is_gone(change: ToolChange) -> bool:
    return change.kind in ("removed", "renamed")


def count(told: Preview, example: Example, way: tuple[str, Migrated] | None) -> None:
    if way is None:
        return
    if problem := way[1].problem:
        told.people += 1
        if problem in told.reasons or len(told.reasons) < REASONS:
            told.reasons[problem] += 1
        return
    told.mechanical += 1
    if len(told.samples) < SAMPLES and (way[1].columns.keys() - {"tools"} or not told.samples):
        told.samples.append((example, way[1].columns))


def migrate(
    *, tool: Tool, renames: Mapping[str, str] | None = None, user: Any = None, most: int | None = None
) -> dict[str, int]:
    """Migrate the rows that can be; counts by outcome: migrated, in_review, people, duplicate.

    With `most`, it stops after about so many rows, for checking each of them takes some milliseconds.
    A row stays approved unless the checks find an error it did not have; then it is in review again. Raises
    ToolRefused for renames that cannot be, and for a version that is not the current one.
    """
    check_renames(tool, renames or {})
    if find_tool(team=tool.team, name=tool.name).pk != tool.pk:
        raise ToolRefused(f"{tool} is no longer the current version: migrate the rows from the newest one.")
    current, ways = current_tools(tool.team_id), Ways(tool, renames or {})
    counts = Counter({"migrated": 0, "in_review": 0, "people": 0, "duplicate": 0})
    for rows in declaring(tool.team_id, [tool.name]):
        stale = [row.pk for row in rows if declared({"tools": row.tools}, tool.name) not in (None, tool.schema)]
        if stale:
            counts += migrate_some(stale, ways, current, user)
        if most is not None and counts["migrated"] >= most:
            break
    return {"migrated": 0, "in_review": 0, "people": 0, "duplicate": 0} | dict(counts)


@transaction.atomic
def migrate_some(keys: list[int], ways: Ways, current: CurrentTools, user: Any) -> Counter[str]:
    """A few hundred rows in a few queries; where somebody writes the same row meanwhile, one by one."""
    rows = list(Example.objects.select_for_update(of=("self",)).select_related("brand").filter(pk__in=keys))
    found = [(row, way) for row in rows if (way := ways.of(row))]
    counts = Counter({"people": sum(bool(way[1].problem) for _, way in found)})
    ready = [(row, reason, made.columns) for row, (reason, made) in found if not made.problem]
    free = without_duplicates(ready)
    counts["duplicate"] = len(ready) - len(free)
    try:
        with transaction.atomic():
            return counts + write(free, current, user)
    except IntegrityError:
        if len(keys) == 1:
            return counts + Counter({"duplicate": len(free)})
    total: Counter[str] = Counter()
    for key in keys:
        total += migrate_some([key], ways, current, user)
    return total


Ready = list[tuple[Example, str, dict[str, Any]]]


def without_duplicates(ready: Ready) -> Ready:
    """Those whose dataset does not have the row that would come of them."""
    hashes = {row.pk: hash_with(row, columns) for row, _, columns in ready}
    taken = set(
        Example.objects.filter(content_hash__in=set(hashes.values()), dataset__in={row.dataset_id for row, *_ in ready})
        .exclude(pk__in=[row.pk for row, *_ in ready if hashes[row.pk] == row.content_hash])
        .values_list("dataset_id", "content_hash", "pk")
    )
    others = {(dataset, digest): pk for dataset, digest, pk in taken}
    free: Ready = []
    for row, reason, columns in ready:
        place = (row.dataset_id, hashes[row.pk])
        if others.setdefault(place, row.pk) == row.pk:
            free.append((row, reason, columns))
    return free


def hash_with(row: Example, columns: Mapping[str, Any]) -> str:
    return content_hash(row.split, columns.get("messages", row.messages), row.context)


def write(ready: Ready, current: CurrentTools, user: Any) -> Counter[str]:
    """Save the rows with their changes and findings; approved ones with a new error go back to review."""
    steps, findings, counts = [], [], Counter({"migrated": len(ready)})
    for row, reason, columns in ready:
        old, new = {name: getattr(row, name) for name in columns}, dict(columns)
        row.content_hash = hash_with(row, columns)
        found = found_with(row, new, current)
        wrong = errors(found)
        if row.state == Example.State.APPROVED and wrong and wrong - errors(found_with(row, old, current)):
            old["state"], new["state"] = str(row.state), str(Example.State.IN_REVIEW)
            counts["in_review"] += 1
        for name, value in new.items():
            setattr(row, name, value)
        findings += found
        steps.append(Change(example=row, action=Change.Action.EDIT, user=user, reason=reason, before=old, after=new))
    rows = [row for row, *_ in ready]
    Example.objects.bulk_update(rows, ["messages", "tools", "expected", "content_hash", "state"], batch_size=100)
    Change.objects.bulk_create(steps, batch_size=CHUNK)
    Finding.objects.filter(example__in=rows).delete()
    Finding.objects.bulk_create(findings, batch_size=CHUNK)
    return counts


def found_with(row: Example, columns: Mapping[str, Any], current: CurrentTools) -> list[Finding]:
    """What the checks find in the row with these columns, which it has from then on."""
    for name, value in columns.items():
        setattr(row, name, value)
    return findings_of(row, current)


def errors(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.severity == Finding.Severity.ERROR}
