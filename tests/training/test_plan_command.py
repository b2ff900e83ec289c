"""`manage.py train --plan`: what a run will do and take, and what is refused before one is launched."""

from __future__ import annotations

import json

import pytest

from tests import commands
from training.models import TrainingRun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("starters")
def test_the_command_foresees_a_run_without_launching_it(version, capsys):
    line = ("train", "--dataset", "music", "--base", "starter-executor", "--curriculum", "1,2", "--plan", "--json")
    commands.run(*line, "--set", "batch=4", "--set", "seen=0")
    seen = json.loads(capsys.readouterr().out)
    assert set(seen) == {"plan", "predicted", "machine", "steps", "tokens", "fits", "changes", "base"}
    assert (seen["plan"]["batch"], seen["plan"]["seen"], len(seen["steps"])) == (4, 0, 2)
    assert seen["predicted"]["memory"]["weights"] > 0
    assert seen["tokens"][1]["longest"] >= seen["tokens"][1]["median"] > 0
    assert seen["fits"]
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "batch=0"), "'batch' is 0: give a value from 1 to 1,024."),
        (("--set", "dtype=float16"), "Starter executor does not train in float16"),
        (("--set", "speed=9"), "A plan has no 'speed'."),
        (("--preset", "fast"), "There is no preset 'fast'."),
    ],
)
@pytest.mark.usefixtures("version", "starters")
def test_the_command_refuses_in_a_sentence(options, said, capsys):
    assert said in commands.refused(capsys, "train", "--dataset", "music", "--base", "starter-executor", *options)
    assert not TrainingRun.objects.exists()
