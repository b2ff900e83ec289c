"""`manage.py generate`: one text for a brand, by the live thinker."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.progress import ProgressDisplay
from brands.retrieval import find_brand
from brands.teams import find_team
from generation.briefs import NEEDS, write_brief
from generation.services import ask_for_text


class Command(SentenceCommand):
    help = "Write for a brand. A worker must be up: `manage.py serve`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, help="name or slug of the brand")
        parser.add_argument("--type", choices=sorted(NEEDS), default="caption")
        parser.add_argument("--language", choices=("en", "th"), default="en")
        parser.add_argument("--product", default="", help="for a caption (default: the brand's first)")
        parser.add_argument("--message", default="", help="for brand_voice: what to say in the brand's voice")
        parser.add_argument("--objective", default="", help="for campaign_brief: what the campaign is for")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        team = find_team(options["team"])
        brand = find_brand(team=team, name=options["brand"])
        kind, language = options["type"], options["language"]
        brief = write_brief(kind, brand.facts(), language, {name: options[name] for name in NEEDS.values()})
        content = ask_for_text(team=team, kind=kind, brand=brand, language=language, brief=brief)
        with ProgressDisplay(quiet=True) as display:
            display.watch(f"Write for {brand.name}", content)
        facts = {
            "id": str(content.pk),
            "text": content.text,
            "checks": content.checks,
            "context": content.context,
        }
        facts["model"] = str(content.model_version)
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else content.text)
