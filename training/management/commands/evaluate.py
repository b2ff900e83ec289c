"""`manage.py evaluate --model SLOT:NUMBER`: measure a model on the rows its training held out."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.progress import ProgressDisplay
from brands.teams import find_team
from training.services.evaluations import ARMS, default_arms, launch_evaluation
from training.services.registry import find_model


class Command(SentenceCommand):
    help = "Evaluate a model beside its base. A worker must be up: `manage.py serve`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--model", required=True, help="slot and number, e.g. executor:1; without number the newest"
        )
        parser.add_argument("--arms", default="", help=f"some of: {', '.join(ARMS)}")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        version = find_model(team=find_team(options["team"]), name=options["model"])
        arms = [arm for arm in options["arms"].split(",") if arm] or default_arms(version)
        evaluation = launch_evaluation(version=version, arms=arms)
        with ProgressDisplay(quiet=options["json"]) as display:
            display.watch(f"Evaluate {version}", evaluation)
        if options["json"]:
            self.stdout.write(json.dumps({"model": str(version), "scores": evaluation.scores}))
            return
        for arm, measures in evaluation.scores.items():
            for measure, figure in measures.items():
                interval = f"{figure['low']:.3f} to {figure['high']:.3f}, n {figure['n']}"
                self.stdout.write(f"{arm:12} {measure:28} {figure['value']:.3f}  ({interval})")
