"""Two runs of one team beside one another."""

from __future__ import annotations

import pytest
from django.urls import reverse

from brands.admin.pieces import address
from tests import factories as make
from tests.training.test_admin import STRANGE
from tests.training.test_admin_gates import report
from training.admin.compare_page import choices, differing
from training.models import Stage, TrainingRun

pytestmark = pytest.mark.django_db
LIST = reverse("admin:training_trainingrun_changelist")


@pytest.fixture
def pair():
    version = make.dataset_version()
    plans = [
        {"epochs": 1.0, "lora": {"rank": 16}, "stages": [["play"], ["play", "stop"]]},
        {"epochs": 1.0, "lora": {"rank": 64}, "stages": [["play", "stop"]], "steps": 600},
    ]
    base = make.base_model()
    runs = [make.run(dataset_version=version, base=base, name=f"Run {n}", plan=plan) for n, plan in enumerate(plans)]
    for run in runs:
        for tools in run.plan["stages"]:
            results = {"seconds": 60.0, "peak_memory": 300_000_000}
            gate = report(57 if len(run.plan["stages"]) > 1 else 51, 60)
            stage = make.stage(run=run, title=f"{len(tools)} tools", tools=tools, gate=gate, results=results)
            make.measurement(stage=stage, validation_loss=0.5)
        make.evaluation(model_version=make.model_version(run=run))
    return runs


def beside(one, other):
    return reverse("admin:training_trainingrun_compare", args=[one.pk, other.pk])


def choose(client, *runs):
    return client.post(LIST, {"action": "compare", "_selected_action": [str(run.pk) for run in runs]}, follow=True)


def test_two_runs_are_chosen_in_the_list_and_compared(client, pair):
    client.force_login(make.member(of=pair[0].team, role="viewer"))
    answer = choose(client, *pair)
    assert answer.redirect_chain[-1][0] == beside(*pair)
    text = answer.content.decode()
    for said in ("Run 0", "Run 1", "1 → 2", "2 minutes", "300 MB", "Gates", "Their models, evaluated"):
        assert said in text, said
    assert "Stage 2: 95 % of 60" in text
    assert "Stage 1: 85 % of 60" in text
    assert "They answered rows of different versions" not in text


def test_only_what_differs_is_told(pair):
    assert differing(choices(pair[0]), choices(pair[1])) == [
        ("Tools in each stage", "1 → 2", "2"),
        ("Lora · rank", "16", "64"),
        ("Steps", "—", "600"),
    ]
    assert differing(choices(pair[0]), choices(pair[0])) == []


def test_versions_of_one_dataset_lead_to_what_differs_between_them(client, pair):
    other = make.run(
        dataset_version=make.dataset_version(dataset=pair[0].dataset_version.dataset, sha256="f" * 64, number=9)
    )
    client.force_login(make.member(of=pair[0].team))
    text = client.get(beside(pair[0], other)).content.decode()
    versions = [pair[0].dataset_version.pk, other.dataset_version.pk]
    assert reverse("admin:training_datasetversion_diff", args=versions) in text


@pytest.mark.parametrize("value", [value for value in STRANGE if value is not None], ids=repr)
def test_both_pages_survive_whatever_json_the_rows_hold(client, pair, value):
    client.force_login(make.member(of=pair[0].team))
    gate = report(57, 60) | dict.fromkeys(("tools", "reasons", "confusions", "advice", "measure", "floor"), value)
    TrainingRun.objects.update(plan=value, predicted=value, results=value)
    for strange in (value, gate):
        Stage.objects.update(tools=value, results=value, gate=strange)
        for each in (beside(*pair), address(pair[0])):
            assert client.get(each).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_it_takes_two(client, pair, count):
    runs = [*pair, make.run(team=pair[0].team)]
    client.force_login(make.member(of=pair[0].team))
    assert "Choose two runs of one team to compare." in choose(client, *runs[:count]).content.decode()


def test_only_runs_of_one_team_that_one_may_see(client, pair):
    foreign = make.run()
    client.force_login(make.member(of=pair[0].team))
    assert client.get(beside(*pair)).status_code == 200
    assert client.get(beside(pair[0], foreign)).status_code == 404
    assert client.get(beside(pair[0], pair[0])).status_code == 404
    client.force_login(make.member())
    assert client.get(beside(*pair)).status_code == 404
    client.force_login(make.user(superuser=True))
    assert client.get(beside(pair[0], foreign)).status_code == 404
    assert "Choose two runs of one team" in choose(client, pair[0], foreign).content.decode()
