"""The Workers page at a desk and on a phone, light and dark; draining from the keyboard while it renews itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from background import workers
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
GIB = 2**30


@pytest.fixture
def floor(embedded_queue, monkeypatch):
    """Two machines: one under a supervisor, and a GPU box of which one worker fell silent. Nobody renews their news, so
    it lasts longer here."""
    monkeypatch.setattr(workers, "SILENT_SECONDS", 400)
    monkeypatch.setattr(workers, "MACHINE_SECONDS", 400)
    run = make.run(name="Executor, music", state="running", step="Stage 2 of 4: step 120 of 300")
    waiting = make.run(name="Thinker, brands", state="running", step="Waiting for a GPU: all are taken")
    box = {"machine": "gpu-box-with-a-long-name.example.org", "queue": "training", "pid": 1, "gpu": "NVIDIA H200"}
    here = {"machine": workers.this_machine(), "memory_total": 64 * GIB, "memory_used": 11 * GIB, "pid": 1}
    memory = {"holds_gpu": True, "memory_total": 141 * GIB, "memory_used": 96 * GIB}
    for news in (
        {**box, **memory, "name": "training-a81c02", "state": "working", "job": str(run.pk)},
        {**box, "name": "training-77bd10", "state": "working", "job": str(waiting.pk)},
        {**box, "name": "training-0f3e5d"},
        {**here, "name": "curation-51aa0e", "queue": "curation"},
        {**here, "name": "generation-9e21cc", "queue": "generation", "state": "drained"},
    ):
        workers.tell(workers.WorkerNews(**news))
    workers.connection().pexpire("aidirector:worker:training-0f3e5d", 150_000)
    counts = {"all": 1, "wanted": 1, "alive": 1}
    workers.tell_machine({"training": counts | {"wanted": 0, "alive": 0}, "curation": counts, "generation": counts})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_can_be_read(page, log_in, floor, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(make.user(superuser=True))
    page.goto("/admin/workers/")
    if folder := os.environ.get("AIDIRECTOR_TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/workers-{scheme}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(CONTRAST) == []


def test_it_renews_itself_and_a_worker_is_drained_from_the_keyboard(page, log_in, floor):
    log_in(make.user(superuser=True))
    page.goto("/admin/workers/")
    button = page.get_by_role("button", name="Drain curation-51aa0e")
    button.focus()
    with page.expect_response(lambda answer: "part=1" in answer.url):
        workers.forget("training-a81c02")
    page.wait_for_selector("text=training-a81c02", state="detached")
    assert page.evaluate("document.activeElement.id") == "drain-curation-51aa0e"
    page.keyboard.press("Enter")
    page.wait_for_selector("text=curation-51aa0e takes no job any more and leaves.")
    assert workers.is_drained("curation-51aa0e")
