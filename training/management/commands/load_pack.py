"""`manage.py load_pack NAME`: a starter pack's brands, tools and examples into a team."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import team_for
from training.services.packs import available_packs, load_pack


class Command(SentenceCommand):
    help = "Load a starter pack into a team. Loading again adds only what is new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"one of: {', '.join(available_packs())}")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")

    def handle(self, *args: Any, name: str, team: str, **options: Any) -> None:
        dataset = load_pack(team=team_for(team), name=name)
        self.stdout.write(f"{dataset.name}: {dataset.examples.count()} examples in the dataset '{dataset.slug}'.")
