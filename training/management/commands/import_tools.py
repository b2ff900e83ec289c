"""`manage.py import_tools FILE`: declarations out of JSON or Python functions, new versions where they differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import team_for
from training.errors import UnreadableTool
from training.services.tools import compared, keep_tools
from training.tool_import import MOST_CHARACTERS, read_tools, tool_text


class Command(SentenceCommand):
    help = "Import tools from OpenAI JSON, a JSON Schema or Python functions, which are read and never executed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, keep nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        team, declarations = team_for(options["team"]), read_tools(text_of(options["file"]))
        do = compared if options["dry_run"] else keep_tools
        found = do(team=team, declarations=declarations)
        if options["json"]:
            told = {"team": team.slug, "dry_run": options["dry_run"], "tools": [each.as_json() for each in found]}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for each in found:
            self.stdout.write(f"{each.name} v{each.version}: {each.outcome}")
            for change in each.changes:
                self.stdout.write(f"  {change.sentence} {change.cure}".rstrip())


def text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return tool_text(file.read(4 * MOST_CHARACTERS + 4))
    except OSError as problem:
        raise UnreadableTool(f"The file {path} cannot be read: {problem.strerror}.") from problem
