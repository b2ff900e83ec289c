"""`manage.py train`: launch a training run on a frozen dataset and follow it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from background.commands import SentenceCommand
from background.progress import ProgressDisplay
from brands.teams import find_team, team_for
from training.models import BaseModel, Dataset, DatasetVersion, Slot, TrainingRun
from training.planning import Plan
from training.planning.as_text import as_text
from training.planning.checks import assignments
from training.planning.presets import PRESETS
from training.services.bases import find_base
from training.services.datasets import find_dataset, freeze
from training.services.gates import run_facts
from training.services.packs import load_pack, pack_gates
from training.services.planned import planned
from training.services.plans import base_or_offer, foresee, refuse_impossible
from training.services.runs import launch_run


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
        base = self.base_of(options)
        plan = plan_of(options, version, base)
        if options["plan"]:
            changed = "longest" in assignments(options["set"])
            seen = foresee(version=version, base=base, plan=plan, keep_longest=changed) | {"base": base.slug}
            self.stdout.write(json.dumps(seen) if options["json"] else as_text(seen))
            return
        refuse_impossible(plan=plan, base=base, version=version)
        slot = options["slot"] or (Slot.EXECUTOR if version.tools else Slot.THINKER)
        run = launch_run(dataset_version=version, base=base, slot=slot, plan=plan, override=options["override"])
        try:
            if not options["no_wait"]:
                watch(run, quiet=options["json"])
        finally:  # what was measured before a gate stopped the run is worth as much
            facts = run_facts(run)
            self.stdout.write(json.dumps(facts) if options["json"] else said(run, facts))

    def base_of(self, options: dict[str, Any]) -> BaseModel:
        """The base that is asked for, or its fallback, which is said.

        Where a run is only launched, the hub is not asked: the worker may reach one that this machine does not.
        """
        base = find_base(options["base"])
        if options["plan"] or options["fallback"]:
            base, note = base_or_offer(base, fallback=options["fallback"])
            if note:
                self.stderr.write(note)
        return base


def add_choices(parser: CommandParser) -> None:
    """What is to be trained on what: the options that `dataset_of` and `plan_of` read."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", help="slug of the dataset")
    source.add_argument("--pack", help="load this pack first and train on it")
    parser.add_argument("--base", required=True, help="slug of the base model, as `manage.py doctor` lists them")
    parser.add_argument("--curriculum", default="", help="tools per stage, e.g. 2,4,8; left out: all rows at once")
    parser.add_argument("--gates", default="", help="strict accuracy each stage must reach, e.g. 0.98,0.95")
    parser.add_argument("--no-control", action="store_true", help="do not train all tools at once to compare with")
    parser.add_argument("--preset", default="", help=f"figures of a known system: {', '.join(p.name for p in PRESETS)}")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change a value of the plan, e.g. batch=4"
    )
    parser.add_argument("--fallback", action="store_true", help="train the base's fallback where it cannot be had")
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
    return planned(
        version=version,
        base=base,
        sizes=options["curriculum"],
        gates=options["gates"],
        usual_gates=pack_gates(options["pack"]) if options["pack"] else (),
        preset=options["preset"],
        epochs=options["epochs"],
        control=not options["no_control"],
        changes=assignments(options["set"]),
    )


def said(run: TrainingRun, facts: dict[str, Any]) -> str:
    lines = [f"{run.name}: {run.get_state_display()}. {run.reason}".rstrip()]
    lines += [stage_line(stage) for stage in facts["stages"]]
    if control := facts["control"]:
        lines.append(f"All at once, {control['steps']} steps: {control['strict']:.3f} strict of {control['n']}.")
    return "\n".join(lines)


def stage_line(stage: dict[str, Any]) -> str:
    line = f"Stage {stage['number']}, {len(stage['tools']) or 'all'} tools, {stage['steps']} steps: {stage['state']}"
    return line if "strict" not in stage else f"{line}, {stage['strict']:.3f} strict of {stage['n']}"
