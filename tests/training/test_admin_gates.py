"""Gates, sample answers and the log on a run's page, and letting a stage pass."""

from __future__ import annotations

import pytest
from django.urls import reverse

from brands.admin.pieces import address
from brands.models import Role
from tests import factories as make
from training.admin.control_view import which_is_better
from training.confusions import confusions
from training.gates import gate_report
from training.models import SampleAnswer, TrainingRun
from training.scorecards import judge
from training.scoring.intervals import share
from training.services.log_tail import LINES, LONGEST, log_tail

pytestmark = pytest.mark.django_db


def report(right: int, n: int, *, needed: float = 0.9, **tools: tuple[int, int]):
    """A gate report as training.gates makes them, without the rows."""
    judged = share(right, n).as_json()
    reasons = [] if judged["value"] >= needed else [f"{right} of {n} were right; the gate asks for more."]
    return {
        "measure": "strict_seen_wording",
        "strict": judged,
        "strict_unseen_wording": share(7, 10).as_json(),
        "tools": {name: share(*figure).as_json() for name, figure in tools.items()},
        "needed": needed,
        "floor": 0.85,
        "passed": not reasons,
        "reasons": reasons,
        "confusions": [{"wanted": "play.song", "made": "another value", "count": 3, "of": 12, "example": "Play Halo"}],
        "advice": ["'song' of 'play' went wrong in 3 of 12 requests."],
    }


@pytest.fixture
def run():
    """Its second stage is held back by its gate."""
    run = make.run(state="failed", reason="Stage 2 did not pass its gate.", plan={"floor": 0.85})
    first = report(60, 60, play=(12, 12))
    make.stage(run=run, title="1 tool", tools=["play"], state="passed", gate=first)
    second = report(45, 60, play=(8, 12), stop=(9, 12))
    make.stage(run=run, title="2 tools", tools=["play", "stop"], state="failed", gate=second)
    return run


def page(client, run, role=Role.CURATOR):
    client.force_login(make.member(of=run.team, role=role))
    return client.get(address(run)).content.decode()


def passing(run, number=2):
    return reverse("admin:training_trainingrun_pass", args=[run.pk, number])


def test_a_shut_gate_is_shown_with_what_it_takes_to_open_it(client, run):
    text = page(client, run)
    assert "75 % of 60 held-out requests were right; 90 % are needed." in text
    assert "Strict match, wordings never seen" in text
    assert "45 of 60 were right; the gate asks for more." in text
    assert "went wrong in 3 of 12 requests" in text
    assert "Play Halo" in text
    assert text.count("below the floor") == 1, "the tool that was learned before, not the new one"
    assert "fell most, from 100 % to 66.7 %" in text


def test_what_gates_write_down_is_what_the_page_reads(client):
    call = {"function": {"name": "play", "arguments": {"song": "Halo"}}}
    messages = [{"role": "user", "content": "Play Halo"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    tool = {"type": "function", "function": {"name": "play", "parameters": {}}}
    row = {"task": "tool_calls", "kind": "", "messages": messages, "tools": [tool], "expected": {}, "language": "en"}
    rows = [row] * 10
    found = gate_report(rows, [judge(each, "no idea") for each in rows], needed=0.9, floor=0.85)
    assert confusions(rows, ["no idea"] * 10)[0]["made"] == "no call"
    run = make.run(state="failed")
    make.stage(run=run, state="failed", tools=["play"], gate=found)
    text = page(client, run)
    assert "0 % of 10 held-out requests were right; 90 % are needed." in text
    assert "10 of 10" in text


@pytest.mark.parametrize("role", Role.values)
def test_curators_and_admins_let_a_stage_pass_with_a_reason(client, run, role):
    may = role in {Role.CURATOR, Role.ADMIN}
    assert ('id="let-pass"' in page(client, run, role)) == may
    answer = client.post(passing(run), {"reason": "Good enough for the trial."}, follow=True)
    assert answer.status_code == (200 if may else 404)
    run.refresh_from_db()
    assert run.state == ("queued" if may else "failed")
    if may:
        text = answer.content.decode()
        assert "let it pass: “Good enough for the trial.”" in text
        assert 'id="let-pass"' not in text


def test_without_a_reason_and_without_a_shut_gate_nobody_passes(client, run):
    assert page(client, run).count('id="let-pass"') == 1
    assert "Say why the stage may pass" in client.post(passing(run), {"reason": " "}, follow=True).content.decode()
    refused = client.post(passing(run, 1), {"reason": "Why not"}, follow=True).content.decode()
    assert "is not held back by its gate" in refused
    assert client.post(passing(run, 7), {"reason": "x"}).status_code == 404
    assert client.get(passing(run)).status_code == 405
    run.refresh_from_db()
    assert run.state == "failed"
    client.force_login(make.member())
    assert client.post(passing(run), {"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("stages", "once", "said"),
    [
        ((95, 100), (60, 100), "Learning in stages is better: 95 % were right, 60 % all at once."),
        ((60, 100), (95, 100), "Learning all at once is better: 95 % were right, 60 % in stages."),
        ((57, 60), (55, 60), "a little better in stages, but with 60 requests the difference cannot be told"),
        ((55, 60), (57, 60), "a little better at once, but with 60 requests the difference cannot be told"),
        ((57, 60), (57, 60), "are level: both were right in 95 %."),
    ],
)
def test_which_arm_is_better_and_whether_it_can_be_told(stages, once, said):
    assert said in which_is_better(share(*stages).as_json(), share(*once).as_json())


def test_the_control_arm_stands_beside_the_last_stage(client, run):
    control = make.run(team=run.team, name="All of them", control_of=run, state="running")
    assert "It was not measured yet." in page(client, run)
    make.stage(run=control, state="passed", gate=report(57, 60))
    text = page(client, run)
    assert "Learning all at once is better: 95 % were right, 75 % in stages." in text
    assert address(control) in text
    assert address(run) in page(client, control)


def test_answers_are_shown_as_differences_with_how_they_changed(client, run):
    stage = run.stages.first()
    for step, answer, right in [(10, "call:stop{}", False), (20, "call:play{song:Hallo}", False)]:
        texts = {"prompt": "Play Halo", "wanted": "call:play{song:Halo}", "answer": answer}
        SampleAnswer.objects.create(stage=stage, step=step, number=0, right=right, **texts)
    text = page(client, run)
    assert "At step 20 0 of 1 were right." in text
    assert "<del>Halo</del><ins>Hallo</ins>" in text
    assert "Step 10" in text


def test_sections_that_have_nothing_to_say_are_not_there(client):
    text = page(client, make.run(state="queued"))
    for heading in ("What the curves say", "What it answers", "What it forgot", "all at once?", "The end of its log"):
        assert heading not in text


@pytest.fixture
def log(run, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    log = run.directory / "stage-2" / "train.log"
    log.parent.mkdir(parents=True)
    return log


def test_the_end_of_the_log_is_shown_bounded_and_harmless(client, run, log):
    stage = run.stages.get(number=2)
    lines = [f"Step {number} <script>\x1b[31m\u202e" for number in range(5000)]
    log.write_bytes("\n".join([*lines, "x" * 1000]).encode() + b"\n\xff\xfe end\n")
    told = log_tail(stage)
    assert len(told) == LINES
    assert told[0] == "Step 4962 <script>"
    assert len(told[-2]) == LONGEST + 2
    assert told[-1].endswith(" end")
    type(stage).objects.update(started_at="2026-01-01T00:00Z")
    text = page(client, run)
    assert "Step 4999 &lt;script&gt;" in text
    assert "Step 100 " not in text


def test_a_log_that_is_a_link_or_missing_is_not_read(run, log, tmp_path):
    stage = run.stages.get(number=2)
    assert log_tail(stage) == []
    (tmp_path / "secret").write_text("a secret")
    log.symlink_to(tmp_path / "secret")
    assert log_tail(stage) == []
    log.unlink()
    log.mkdir()
    assert log_tail(stage) == []


def test_health_is_told_per_stage(client):
    run = make.run(state="running")
    for number in (1, 2):
        stage = make.stage(run=run, state="passed" if number == 1 else "running")
        for step in range(40):
            make.measurement(stage=stage, step=step, loss=2.0 - step / 25, validation_loss=1.0 + step / 20)
    text = page(client, run)
    assert text.count("it learns its rows by heart") == 2
    assert "Stage 1:" in text
    assert TrainingRun.objects.count() == 1
