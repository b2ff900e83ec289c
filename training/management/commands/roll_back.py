"""`manage.py roll_back SLOT`: back to the model that did the job before."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from brands.teams import find_team
from training.models import Slot
from training.services.registry import roll_back


class Command(SentenceCommand):
    help = "Return a slot to the model that was live before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slot", choices=Slot.values)
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")

    def handle(self, *args: Any, slot: str, team: str, **options: Any) -> None:
        self.stdout.write(f"{roll_back(team=find_team(team), slot=slot)} is live again.")
