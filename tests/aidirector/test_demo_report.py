"""The demo's figures and its report, made from evaluations whose scores are known."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth import authenticate
from rich.console import Console

from aidirector.demo import thread
from aidirector.demo.meter import Meter, resident
from aidirector.demo.report import figures_of, pooled, show
from aidirector.demo.thread import Demo, NotEnoughRoom, demo_account, report_path, unfinished, write_report
from background.progress import ProgressDisplay
from brands.models import Role, Team
from tests import factories
from training.models import Evaluation
from training.planning import Plan


def share(value: float, n: int = 100) -> dict[str, float]:
    return {"value": value, "n": n, "low": max(0.0, value - 0.1), "high": min(1.0, value + 0.1)}


EXECUTOR = {
    "base": {"strict": share(0.1)},
    "tuned": {
        "strict": share(0.95),
        "strict_seen_wording": share(0.98),
        "strict_unseen_wording": share(0.75),
        "schema_valid": share(1.0),
    },
    "merged": {"equals_adapter": share(1.0, 300)},
}
THINKER = {
    "base_rag": {"fidelity": share(0.3)},
    "tuned": {"fidelity": share(0.4)},
    "tuned_rag": {
        "fidelity": share(0.93),
        "complete": share(0.8),
        "hallucinated": share(0.02),
        "language_match": share(0.99),
    },
    "merged_rag": {"equals_adapter": share(0.5, 100)},
}


@pytest.fixture
def figures():
    return figures_of(Evaluation(scores=EXECUTOR), Evaluation(scores=THINKER))


@pytest.fixture
def report(figures):
    return figures | {
        "captions": {"th": {"text": "กาแฟ [bold]"}, "en": {"text": "Coffee"}},
        "calls": {"calls": [{"name": "play_song", "arguments": {"song": "Halo"}}]},
        "steps": [{"step": "train executor", "seconds": 12.3, "peak_rss_mb": 900}],
    }


@pytest.fixture
def waiting(db):
    """A run that waits for its worker, by a plan."""
    plan = Plan(stages=[["play"]])
    return factories.run(plan=plan.as_json()), plan


def test_every_promised_figure_is_there(figures):
    assert figures["executor"] == {
        "base_strict": 0.1,
        "tuned_strict": 0.95,
        "tuned_strict_seen_wording": 0.98,
        "tuned_strict_unseen_wording": 0.75,
        "tuned_schema_valid": 1.0,
    }
    assert figures["thinker"] == {
        "base_rag_fidelity": 0.3,
        "tuned_fidelity": 0.4,
        "tuned_rag_fidelity": 0.93,
        "tuned_rag_complete": 0.8,
        "tuned_rag_hallucinated": 0.02,
    }
    assert figures["language_match"] == 0.99
    assert figures["merged_equals_adapter"] == pytest.approx(0.875)
    assert figures["intervals"]["executor"]["tuned_strict"] == share(0.95)


def test_two_shares_are_pooled_by_their_rows():
    both = pooled([share(1.0, 300), share(0.5, 100)])
    assert both == {"value": pytest.approx(0.875), "n": 400, "low": 0.4, "high": 1.0}
    assert pooled([share(0.5)]) == share(0.5)


def test_the_report_is_shown_as_it_is(report):
    console = Console(file=io.StringIO(), width=120)
    show(report, console)
    shown = console.file.getvalue()
    for part in ("executor.tuned_strict_unseen_wording", "0.750", "language_match", "merged_equals_adapter", "400"):
        assert part in shown
    assert "train executor" in shown
    assert "TechZone (en) Coffee" in shown
    assert "play_song {'song': 'Halo'}" in shown


def test_what_a_model_wrote_is_not_read_as_markup(report):
    console = Console(file=io.StringIO(), width=120)
    report["calls"]["calls"][0]["arguments"]["song"] = "[/red] ["
    show(report, console)
    shown = console.file.getvalue()
    assert "กาแฟ [bold]" in shown
    assert "[/red] [" in shown


def test_the_report_is_a_file_that_is_whole(settings, tmp_path, report):
    settings.VAR_DIR = tmp_path
    write_report(report)
    path = report_path()
    assert path == tmp_path / "demo" / "report.json"
    assert json.loads(path.read_text("utf-8")) == report
    write_report({"again": "ใหม่"})
    assert json.loads(path.read_text("utf-8")) == {"again": "ใหม่"}
    assert list(path.parent.iterdir()) == [path]


def test_a_run_that_was_cut_short_goes_on(waiting):
    run, plan = waiting
    assert unfinished(run.dataset_version, run.base, plan) == run
    type(run).objects.update(state="running")
    assert unfinished(run.dataset_version, run.base, plan) == run


@pytest.mark.parametrize(
    "columns", [{"state": "completed"}, {"state": "failed"}, {"state": "cancelled"}, {"cancel_requested": True}]
)
def test_a_run_that_is_over_does_not(waiting, columns):
    run, plan = waiting
    type(run).objects.update(**columns)
    assert unfinished(run.dataset_version, run.base, plan) is None


def test_a_run_by_another_plan_or_of_other_rows_is_left_alone(waiting):
    run, plan = waiting
    assert unfinished(run.dataset_version, run.base, Plan()) is None
    assert unfinished(run.dataset_version, factories.base_model(), plan) is None
    assert unfinished(factories.dataset_version(), run.base, plan) is None


def test_the_account_can_log_in_and_its_password_is_new_each_time(db):
    team = factories.team()
    first, second = demo_account(team), demo_account(team)
    assert first["username"] == second["username"] == "demo"
    assert first["password"] != second["password"]
    assert authenticate(**first) is None
    user = authenticate(**second)
    assert user.is_staff
    assert team.memberships.get(user=user).role == Role.ADMIN
    assert len(second["password"]) >= 12


def test_without_room_nothing_is_begun(db, monkeypatch):
    monkeypatch.setattr(thread, "ROOM_NEEDED", 10**18)
    with ProgressDisplay(quiet=True) as display, pytest.raises(NotEnoughRoom, match="make room, or set AIDIRECTOR_VAR"):
        Demo(display).prepare()
    assert not Team.objects.exists()


def test_preparing_twice_makes_one_team(db):
    with ProgressDisplay(quiet=True) as display:
        teams = {Demo(display).prepare()[0].pk for _ in range(2)}
    assert len(teams) == 1


def test_the_meter_knows_time_and_memory_of_each_step():
    meter = Meter()
    with meter.step("one"):
        pass
    with pytest.raises(ZeroDivisionError), meter.step("two"):
        raise ZeroDivisionError
    assert [step["step"] for step in meter.steps] == ["one"]
    assert meter.steps[0]["seconds"] < 5
    assert 10 < meter.steps[0]["peak_rss_mb"] <= resident() / 2**20 + 500
