"""`manage.py train`: launch a training run on a frozen dataset and follow it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.progress import ProgressDisplay
from brands.teams import find_team
from training.models import Slot
from training.planning import curriculum
from training.services.bases import find_base
from training.services.datasets import find_dataset, freeze
from training.services.machine import has_gpu
from training.services.runs import launch_run, plan_for


class Command(SentenceCommand):
    help = "Freeze a dataset and train a base on it. A worker must be up: `manage.py serve`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dataset", required=True, help="slug of the dataset")
        parser.add_argument("--base", required=True, help="slug of the base model, as `manage.py doctor` lists them")
        parser.add_argument("--slot", choices=Slot.values, required=True, help="the job the model is for")
        parser.add_argument("--curriculum", default="", help="tools per stage, e.g. 2,4,8; left out: all rows at once")
        parser.add_argument("--epochs", type=float, default=0.0, help="passes over the rows (default: by size of base)")
        parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")
        parser.add_argument("--plan", action="store_true", help="show the plan and stop")
        parser.add_argument("--no-wait", action="store_true", help="launch and return")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        version = freeze(dataset=find_dataset(team=find_team(options["team"]), slug=options["dataset"]))
        base = find_base(options["base"])
        names = [tool["function"]["name"] for tool in version.tools]
        stages = curriculum(names, options["curriculum"])
        plan = plan_for(base=base, version=version, stages=stages, gpu=has_gpu(), epochs=options["epochs"])
        if options["plan"]:
            self.stdout.write(json.dumps(plan.as_json(), indent=None if options["json"] else 2))
            return
        run = launch_run(dataset_version=version, base=base, slot=options["slot"], plan=plan)
        if not options["no_wait"]:
            with ProgressDisplay(quiet=options["json"]) as display:
                display.watch(run.name, run)
        facts = {"run": str(run.pk), "state": run.state, "results": run.results}
        self.stdout.write(json.dumps(facts) if options["json"] else f"{run.name}: {run.state}. {run.results}")
