"""Every page at the width of a desk and of a phone, light and dark: nothing overflows, all text can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib import admin

from brands.admin.pieces import address, list_address
from brands.models import Brand, Team
from generation.models import Content
from tests import factories as make
from training.models import Dataset, DatasetVersion, Evaluation, Example, Import, ModelVersion, Tool, TrainingRun

pytestmark = pytest.mark.django_db(transaction=True)

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
UNNAMED = """[...document.querySelectorAll('.sheet svg[role=img], .sheet progress')]
  .filter(node => !node.ariaLabel && !node.getAttribute('aria-labelledby')).length"""


@pytest.fixture
def addresses():
    team = make.team()
    brand = make.brand(team=team)
    make.tool(team=team)
    dataset = make.dataset(team=team)
    make.example(dataset=dataset, brand=brand, expected={"required": ["x"], "any": [["a", "b"]]})
    run = make.run(dataset_version=make.dataset_version(dataset=dataset), state="failed", reason="No space is left.")
    stage = make.stage(run=run, state="failed", results={"seconds": 12.0})
    for _ in range(5):
        make.measurement(stage=stage, validation_loss=1.0)
    version = make.model_version(run=run)
    make.evaluation(model_version=version)
    make.content(model_version=version, brand=brand, calls=[make.call()])
    make.file_import(dataset=dataset)
    waiting = make.example(dataset=dataset, state="in_review")
    waiting.findings.create(code="x", severity="warning", where="messages[0]", message="Look at it.")
    models = [Team, Brand, Tool, Dataset, Example, Import, DatasetVersion, TrainingRun, Evaluation, ModelVersion]
    models += [Content]
    assert all(admin.site.is_registered(model) for model in models)
    return [
        "/admin/",
        *map(list_address, models),
        *(address(model.objects.first()) for model in models),
        list_address(Brand, q="nothing of the kind"),
        f"/admin/training/dataset/{dataset.pk}/review/",
        "/admin/training/import/add/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_can_be_read(page, log_in, addresses, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(make.user(superuser=True))
    for each in addresses:
        page.goto(each)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, each
        assert page.evaluate(CONTRAST) == [], each
        assert page.evaluate(UNNAMED) == 0, each
