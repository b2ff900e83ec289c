"""Twenty rows reviewed without touching the mouse: approve, reject with a reason, edit, go on, take back."""

from __future__ import annotations

import pytest

from brands.models import Role
from tests import factories as make
from training.models import Example

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dataset():
    dataset = make.dataset(name="Music")
    for number in range(20):
        make.example(dataset=dataset, state="in_review", messages=said(f"Wish number {number}"))
    return dataset


def said(text: str):
    return [{"role": "user", "content": text}, {"role": "assistant", "content": "As you wish."}]


def wait_for(page, number: int) -> None:
    page.get_by_text(f"Wish number {number}", exact=True).first.wait_for()


def test_twenty_rows_are_reviewed_by_keyboard_alone(page, log_in, dataset):
    log_in(make.member(of=dataset.team, role=Role.REVIEWER))
    page.goto(f"/admin/training/dataset/{dataset.pk}/review/")
    wait_for(page, 0)
    assert "20 rows wait" in page.locator("#review .note").first.inner_text()

    page.keyboard.press("e")  # edit the first, then approve what was written
    page.keyboard.press("End")
    page.keyboard.type(", please")
    page.keyboard.press("Control+Enter")
    page.locator(".diff ins").first.wait_for()
    page.keyboard.press("a")

    wait_for(page, 1)
    page.keyboard.press("r")
    page.keyboard.type("Nobody asks like that.")
    page.keyboard.press("Enter")

    wait_for(page, 2)
    page.keyboard.press("u")  # the rejection was wrong
    wait_for(page, 1)
    page.keyboard.press("a")

    wait_for(page, 2)
    page.keyboard.press("n")  # left for later: it comes again at the end
    for number in range(3, 20):
        wait_for(page, number)
        page.keyboard.press("r" if number == 19 else "a")
    page.keyboard.type("Said twice.")
    page.keyboard.press("Enter")
    wait_for(page, 2)
    page.keyboard.press("a")
    page.get_by_text("Nothing waits for you here").wait_for()

    states = list(Example.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["approved"] * 19 + ["rejected"]
    first, last = Example.objects.order_by("pk").first(), Example.objects.order_by("pk").last()
    assert first.messages[0]["content"] == "Wish number 0, please"
    assert last.reason == "Said twice."


def test_who_may_not_review_gets_no_page_and_no_invitation(page, log_in, dataset):
    log_in(make.member(of=dataset.team, role=Role.CREATOR))
    page.goto(f"/admin/training/dataset/{dataset.pk}/change/")
    assert page.get_by_role("link", name="Review 20 rows").count() == 0
    assert page.request.get(f"/admin/training/dataset/{dataset.pk}/review/").status == 404
