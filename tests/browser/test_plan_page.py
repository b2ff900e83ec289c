"""Planning a run in a browser: choose, read what it will take, launch it; nothing is out of reach of the keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from brands.models import Role
from tests import factories as make
from tests.tiny import starters, tiny_starters
from tests.training.conftest import make_music
from training.models import TrainingRun
from training.services.datasets import freeze

__all__ = ["starters", "tiny_starters"]
pytestmark = pytest.mark.django_db(transaction=True)
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


@pytest.fixture
def version(settings, tmp_path, starters, embedded_queue):
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    return freeze(dataset=make_music(make.team(name="Ours", slug="ours")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_is_planned_and_launched(page, log_in, version, scheme):
    page.emulate_media(color_scheme=scheme)
    log_in(make.member(of=version.team, role=Role.CURATOR))
    page.goto(f"/admin/training/datasetversion/{version.pk}/change/")
    page.get_by_role("link", name="Plan a run").click()
    page.get_by_label("Curriculum").fill("1,2")
    page.get_by_text("Learning", exact=True).click()
    page.get_by_label("Rows at a time").fill("4")
    page.get_by_role("button", name="Plan", exact=True).click()
    page.get_by_role("heading", name="What it will take").wait_for()
    page.get_by_text("It fits:").wait_for()
    assert page.locator(".memory-table tbody tr").count() >= 4
    assert page.get_by_label("Times a step").get_attribute("placeholder") == "1"
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/plan-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [each for each in page.evaluate(CONTRAST) if "material-symbols" not in each] == []
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/trainingrun/**")
    run = TrainingRun.objects.get()
    assert (run.plan["batch"], run.plan["stages"]) == (4, [["play"], ["play", "stop"]])
    assert run.plan["longest"] < 4096
