"""`manage.py promote SLOT:NUMBER`: give a job to a model."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.services.registry import find_model, promote


class Command(SentenceCommand):
    help = "Make a model version the live one of its slot."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slot and number, e.g. executor:2")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")

    def handle(self, *args: Any, model: str, team: str, **options: Any) -> None:
        version = promote(version=find_model(team=find_team(team), name=model))
        self.stdout.write(f"{version} is live.")
