"""A run's gates and two runs beside one another: they fit every screen, can be read, pointed at and let pass."""

from __future__ import annotations

import pytest

from brands.admin.pieces import address
from tests import factories as make
from tests.browser.test_pages import CONTRAST, UNNAMED
from tests.training.test_admin_gates import report
from training.admin.compare_page import compare_address
from training.models import SampleAnswer

pytestmark = pytest.mark.django_db(transaction=True)
OPENED = "document.querySelectorAll('.sheet details').forEach(each => each.open = true)"


@pytest.fixture
def run():
    """A run whose page shows everything a run's page can show, held back by its second gate."""
    run = make.run(state="failed", reason="Stage 2 did not pass its gate.", predicted={"memory": {"total": 3e8}})
    first = make.stage(run=run, state="passed", tools=["play"], gate=report(60, 60, play=(12, 12)))
    make.stage(run=run, state="failed", tools=["play", "stop"], gate=report(45, 60, play=(8, 12), stop=(9, 12)))
    for step in range(40):
        figures = {"tokens_per_second": 900.0, "memory": 290_000_000, "validation_loss": 1 + step / 20}
        make.measurement(stage=first, step=step, **figures)
    texts = {"prompt": "Play Halo", "wanted": "call:play{song:Halo}", "answer": "call:play{song:Hallo}"}
    for step in (10, 20):
        SampleAnswer.objects.create(stage=first, step=step, number=0, right=False, **texts)
    control = make.run(dataset_version=run.dataset_version, control_of=run, state="completed", plan={"epochs": 1})
    make.stage(run=control, state="passed", tools=["play", "stop"], gate=report(57, 60))
    return run


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_can_be_read(page, log_in, run, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(make.member(of=run.team))
    for each in (address(run), compare_address(run.pk, run.control.pk)):
        page.goto(each)
        page.evaluate(OPENED)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, each
        assert page.evaluate(CONTRAST) == [], each
        assert page.evaluate(UNNAMED) == 0, each


def test_a_tool_that_is_pointed_at_or_focused_stands_out_in_the_curve(page, log_in, run):
    log_in(make.member(of=run.team))
    page.goto(address(run))
    line, row = (page.locator(f".forgetting {tag}[data-tool=play]") for tag in ("g", "tr"))
    assert "pointed-at" not in line.get_attribute("class")
    row.focus()
    page.locator(".forgetting g.pointed-at[data-tool=play]").wait_for(state="attached")
    page.locator("h2").first.hover()
    page.locator(".forgetting g:not(.pointed-at)[data-tool=play]").wait_for(state="attached")
    row.hover()
    page.locator(".forgetting g.pointed-at[data-tool=play]").wait_for(state="attached")


def test_a_stage_is_let_pass_by_keyboard(page, log_in, run):
    log_in(make.member(of=run.team))
    page.goto(address(run))
    page.get_by_label("Let it pass, because").focus()
    page.keyboard.type("The next stage brings it again.")
    page.keyboard.press("Enter")
    page.get_by_text("let it pass: “The next stage brings it again.”").wait_for()
    run.refresh_from_db()
    assert run.state == "queued"
