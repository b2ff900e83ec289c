"""A run's preflight: what is trained on can be read in both schemes, and a warning is let pass by keyboard."""

from __future__ import annotations

import pytest

from brands.admin.pieces import address
from tests import factories as make
from tests.browser.test_pages import CONTRAST, UNNAMED

pytestmark = pytest.mark.django_db(transaction=True)
OPENED = "document.querySelectorAll('.sheet details').forEach(each => each.open = true)"
TEXT = "<start_of_turn>user\nเปิดเพลง ลมหนาว<end_of_turn>\n⟦<start_function_call>call:play{song:ลมหนาว}<end_of_turn>⟧\n"


def check(name: str, title: str, verdict: str, evidence: str, cure: str = "") -> dict[str, str]:
    return {"check": name, "title": title, "verdict": verdict, "evidence": evidence, "cure": cure}


@pytest.fixture
def run():
    few = check(
        "examples", "Examples for each tool", "warning", "Fewer than 20 examples: 'play' has 12.", "Write more."
    )
    mask = check("loss_mask", "What is trained on", "passed", f"The first row of the first batch.\n\n{TEXT * 12}")
    skipped = check("template_round_trip", "Chat template, there and back", "skipped", "It has none.")
    return make.run(state="failed", reason="Preflight has 1 warning.", preflight=[mask, skipped, few])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_evidence_fits_and_can_be_read(page, log_in, run, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(make.member(of=run.team))
    page.goto(address(run))
    page.evaluate(OPENED)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(UNNAMED) == 0
    assert page.locator("#run-preflight mark").count() == 12


def test_a_warning_is_let_pass_by_keyboard(page, log_in, run):
    log_in(make.member(of=run.team))
    page.goto(address(run))
    page.get_by_label("Start all the same, because").focus()
    page.keyboard.type("Twelve are enough here.")
    page.keyboard.press("Enter")
    page.get_by_text("let it start: “Twelve are enough here.”").wait_for()
    run.refresh_from_db()
    assert (run.state, run.override_reason) == ("queued", "Twelve are enough here.")
