"""`manage.py train`: launch a training run on a frozen dataset and follow it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.progress import ProgressDisplay
from brands.teams import find_team, team_for
from training.gates import gates_for, shares
from training.models import BaseModel, Dataset, DatasetVersion, Slot, TrainingRun
from training.planning import Plan, curriculum
from training.services.bases import find_base
from training.services.datasets import find_dataset, freeze
from training.services.gates import run_facts
from training.services.machine import has_gpu
from training.services.packs import load_pack, pack_gates
from training.services.runs import launch_run, plan_for


class Command(SentenceCommand):
    help = "Freeze a dataset and train a base on it. A worker must be up: `manage.py serve`."

    def add_arguments(self, parser: CommandParser) -> None:
        add_choices(parser)
        parser.add_argument("--slot", choices=Slot.values, help="the job the model is for (default: by its rows)")
        parser.add_argument("--override", default="", help="why warnings and shut gates shall not stop the run")
        parser.add_argument("--plan", action="store_true", help="show the plan and stop")
        parser.add_argument("--no-wait", action="store_true", help="launch and return")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        version = freeze(dataset=dataset_of(options))
        base = find_base(options["base"])
        plan = plan_of(options, version, base)
        if options["plan"]:
            self.stdout.write(json.dumps(plan.as_json(), indent=None if options["json"] else 2))
            return
        slot = options["slot"] or (Slot.EXECUTOR if version.tools else Slot.THINKER)
        run = launch_run(dataset_version=version, base=base, slot=slot, plan=plan, override=options["override"])
        try:
            if not options["no_wait"]:
                watch(run, quiet=options["json"])
        finally:  # what was measured before a gate stopped the run is worth as much
            facts = run_facts(run)
            self.stdout.write(json.dumps(facts) if options["json"] else said(run, facts))


def add_choices(parser: CommandParser) -> None:
    """What is to be trained on what: the options that `dataset_of` and `plan_of` read."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", help="slug of the dataset")
    source.add_argument("--pack", help="load this pack first and train on it")
    parser.add_argument("--base", required=True, help="slug of the base model, as `manage.py doctor` lists them")
    parser.add_argument("--curriculum", default="", help="tools per stage, e.g. 2,4,8; left out: all rows at once")
    parser.add_argument("--gates", default="", help="strict accuracy each stage must reach, e.g. 0.98,0.95")
    parser.add_argument("--no-control", action="store_true", help="do not train all tools at once to compare with")
    parser.add_argument("--epochs", type=float, default=0.0, help="passes over the rows (default: by size of base)")
    parser.add_argument("--team", default="", help="slug of the team; not needed where there is only one")


def watch(run: TrainingRun, *, quiet: bool) -> None:
    """Follow a run and its control arm to their ends. Raises JobFailed."""
    with ProgressDisplay(quiet=quiet) as display:
        display.watch(run.name, run)
        if control := TrainingRun.objects.filter(control_of=run).first():
            display.watch(control.name, control)


def dataset_of(options: dict[str, Any]) -> Dataset:
    if options["pack"]:
        return load_pack(team=team_for(options["team"]), name=options["pack"])
    return find_dataset(team=find_team(options["team"]), slug=options["dataset"])


def plan_of(options: dict[str, Any], version: DatasetVersion, base: BaseModel) -> Plan:
    """The plan for what was asked. Raises ImpossiblePlan."""
    stages = curriculum([tool["function"]["name"] for tool in version.tools], options["curriculum"])
    plan = plan_for(base=base, stages=stages, gpu=has_gpu(), epochs=options["epochs"])
    if not (options["curriculum"] or options["gates"]):
        return plan
    asked = shares(options["gates"]) or (pack_gates(options["pack"]) if options["pack"] else [])
    gates = gates_for(len(plan.stages), asked)
    return replace(plan, gates=gates, control=len(plan.stages) > 1 and not options["no_control"])


def said(run: TrainingRun, facts: dict[str, Any]) -> str:
    lines = [f"{run.name}: {run.get_state_display()}. {run.reason}".rstrip()]
    lines += [stage_line(stage) for stage in facts["stages"]]
    if control := facts["control"]:
        lines.append(f"All at once, {control['steps']} steps: {control['strict']:.3f} strict of {control['n']}.")
    return "\n".join(lines)


def stage_line(stage: dict[str, Any]) -> str:
    line = f"Stage {stage['number']}, {len(stage['tools']) or 'all'} tools, {stage['steps']} steps: {stage['state']}"
    return line if "strict" not in stage else f"{line}, {stage['strict']:.3f} strict of {stage['n']}"
