"""`manage.py train --plan`: what a run will do and take, and what is refused before one is launched."""

from __future__ import annotations

import json

import pytest

from tests import commands
from training.errors import BaseUnavailable
from training.models import TrainingRun
from training.services import dry_run
from training.specs import BaseSpec, TrainingSpec

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


@pytest.mark.usefixtures("version", "starters")
def test_a_slow_machine_still_answers_a_long_question(monkeypatch):
    """The question is longer than a pipe holds, and is not read before the first wait is over."""
    monkeypatch.setattr(dry_run, "BEAT_SECONDS", 0.05)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    spec = TrainingSpec(base=BaseSpec("nowhere/model"), directory="", rows=(), validation=())
    filler = [{"messages": [{"role": "user", "content": "word " * 40_000}]}]
    asked = {"spec": spec.as_json(), "stages": [filler], "ratio": 1.0, "limit": 0}
    waits: list[int] = []
    with pytest.raises(BaseUnavailable, match="nowhere/model"):
        dry_run.ask_dry_run(asked, lambda: waits.append(1))
    assert waits
