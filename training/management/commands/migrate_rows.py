"""`manage.py migrate_rows TOOL`: rows that declare a tool as it was follow to its current version."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.errors import ToolRefused
from training.services.tool_migration import find_tool, migrate, preview


class Command(SentenceCommand):
    help = "Bring the rows that declare an older version of a tool to its current one, where no person is needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tool", help="the tool's name")
        parser.add_argument(
            "--rename",
            action="append",
            default=[],
            metavar="OLD=NEW",
            help="an argument that has another name now; OLD= is one that was removed; may be repeated",
        )
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        tool = find_tool(team=find_team(options["team"]), name=options["tool"])
        renames = dict(rename(text) for text in options["rename"])
        told: dict[str, Any] = {"tool": tool.name, "version": tool.version, "dry_run": options["dry_run"]}
        seen = preview(tool=tool, renames=renames)
        told["changes"] = [change.as_json() for change in seen.changes.values()]
        told["reasons"] = dict(seen.reasons.most_common())
        if options["dry_run"]:
            told |= {"mechanical": seen.mechanical, "people": seen.people}
        else:
            told |= migrate(tool=tool, renames=renames)
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else in_words(told))


def rename(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not sign or not old.strip():
        raise ToolRefused("--rename takes OLD=NEW, such as --rename song=title.")
    return old.strip(), new.strip()


def in_words(told: dict[str, Any]) -> str:
    lines = [f"{told['tool']} v{told['version']}", *(f"  {change['sentence']}" for change in told["changes"])]
    if told["dry_run"]:
        lines.append(f"{told['mechanical']} rows can be migrated, {told['people']} need a person.")
    else:
        lines.append(
            f"{told['migrated']} rows migrated ({told['in_review']} of them back in review), "
            f"{told['people']} need a person, {told['duplicate']} would be there twice."
        )
    return "\n".join([*lines, *(f"  {times} × {reason}" for reason, times in told["reasons"].items())])
