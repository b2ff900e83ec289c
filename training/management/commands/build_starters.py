"""`manage.py build_starters`: make the project's own small bases again, from nothing but their recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandParser
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from background.commands import SentenceCommand

if TYPE_CHECKING:
    from training.ml.recipes import Recipe

NAMES = ("starter-executor", "starter-thinker")


class Command(SentenceCommand):
    needs_database = False
    help = "Pretrain the starter models (about an hour each on one fast core) and write them with their provenance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=NAMES, help="build one of them")
        parser.add_argument("--to", type=Path, default=settings.STARTERS_DIR, help="folder to write to")
        parser.add_argument("--steps", type=int, default=0, help="train fewer steps, to try the recipe")
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--go-on", action="store_true", help="go on after the rounds the starters have had")

    def handle(self, *args: Any, only: str | None, to: Path, steps: int, threads: int, **options: Any) -> None:
        from training.ml.build import RECIPES

        for recipe in RECIPES:
            if only in {None, recipe.name}:
                chosen = shortened(recipe, steps) if steps else recipe
                provenance = build_with_bar(chosen, to / recipe.name, threads, options["go_on"])
                self.stdout.write(f"{recipe.name}: {provenance['scores_as_shipped']}")


def shortened(recipe: Recipe, steps: int) -> Recipe:
    """The recipe as one short round, to see that it runs."""
    return replace(recipe, rounds=(replace(recipe.rounds[0], steps=steps, cool_down=max(1, steps // 5)),))


def build_with_bar(recipe: Recipe, folder: Path, threads: int, go_on: bool) -> dict[str, Any]:
    from training.ml.build import build

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task(recipe.name, total=recipe.steps, figures="")

        def report(event: dict[str, Any]) -> None:
            strict = f", {event['strict']:.0%} right" if "strict" in event else ""
            bar.update(task, completed=event["step"], figures=f"loss {event['loss']:.3f}{strict}")

        return build(recipe, folder, report=report, threads=threads, go_on=go_on)
