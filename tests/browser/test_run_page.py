"""What a person does with a run: open it, watch it, ask it to stop, follow it to its examples and its model."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from brands.admin.pieces import address
from tests import factories as make
from training.models import Measurement, TrainingRun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run():
    run = make.run(state="running", started_at=timezone.now() - timedelta(seconds=60), progress=0.4)
    stage = make.stage(run=run, state="running", steps=300)
    for step in range(10, 130, 10):
        make.measurement(stage=stage, step=step, validation_loss=1.1 if step % 40 == 0 else None)
    make.example(dataset=run.dataset_version.dataset)
    return run


@pytest.fixture
def finished(run):
    TrainingRun.objects.update(state="completed", progress=1.0, ended_at=timezone.now())
    run.stages.update(state="passed")
    version = make.model_version(run=run)
    make.evaluation(model_version=version)
    return run


@pytest.fixture
def member(run, log_in):
    log_in(make.member(of=run.team))


def test_a_finished_run_shows_its_curve_stages_examples_and_model(page, member, finished):
    page.get_by_role("link", name="Training runs").first.click()
    page.get_by_role("link", name=finished.name).click()
    assert "Completed" in page.locator(".lead").inner_text()
    curve = page.get_by_role("img", name="Training loss fell")
    assert curve.locator("polyline").first.get_attribute("points").count(",") == 12
    assert curve.bounding_box()["height"] > 100
    assert page.locator(".stage").inner_text().startswith("1. 4 tools")
    assert 'play_music(song="number' in page.locator(".call").first.inner_text()

    sheet = page.locator(".sheet")
    sheet.get_by_role("link", name="executor v").first.click()
    assert "Calls tools" in page.locator(".lead").inner_text()
    assert "model.safetensors" in page.locator(".files").last.inner_text()
    sheet.get_by_role("link", name="executor v").first.click()
    page.wait_for_url("**/evaluation/**")
    assert "on rows none of them learned from" in page.locator(".lead").inner_text()
    assert page.locator(".dot-plot").count() == 2


def test_a_running_run_renews_itself_and_stops_when_it_ends(page, member, run):
    asked = []
    page.on("request", lambda request: "/live/" in request.url and asked.append(request.url))
    page.goto(address(run))
    assert "step 120 of 300" in page.locator(".lead").inner_text()
    page.get_by_text("Everything measured, as a table").click()

    Measurement.objects.create(stage=run.stages.get(), step=130, loss=0.2)
    page.get_by_text("step 130 of 300").first.wait_for()
    page.get_by_role("cell", name="130").wait_for()

    run.stages.update(state="passed")
    TrainingRun.objects.update(state="completed", progress=1.0, ended_at=timezone.now())
    page.get_by_text("Completed: 1 stage in").first.wait_for()
    assert "Completed" in page.get_by_role("status").first.inner_text()
    assert page.locator(".stage .state").inner_text().endswith("passed")
    count = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == count


def test_nothing_on_the_page_moves_while_nothing_happens(page, member, run):
    page.goto(address(run))
    page.evaluate("document.getElementById('run-live').dataset.seen = 'yes'")
    with page.expect_response(lambda response: "/live/" in response.url) as answer:
        pass
    if answer.value.status == 204:
        assert page.evaluate("document.getElementById('run-live').dataset.seen") == "yes"


def test_with_the_keyboard_alone(page, member, run):
    """Tab to the button, stay on it while the page renews itself, press it."""
    page.goto(address(run))
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "ask-to-cancel":
            break
    assert page.evaluate("document.activeElement.id") == "ask-to-cancel"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    Measurement.objects.create(stage=run.stages.get(), step=130, loss=0.2)
    page.get_by_text("step 130 of 300").first.wait_for()
    assert page.evaluate("document.activeElement.id") == "ask-to-cancel"
    page.keyboard.press("Enter")
    page.get_by_text("The run was asked to stop.").wait_for()
    run.refresh_from_db()
    assert run.cancel_requested
    assert page.locator("#ask-to-cancel").count() == 0


def test_whoever_is_signed_out_meanwhile_is_led_to_the_login(page, member, run):
    page.goto(address(run))
    page.context.clear_cookies()
    page.wait_for_url("**/admin/login/**")
