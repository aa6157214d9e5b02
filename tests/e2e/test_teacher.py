"""The teacher's desk in a real browser: a dispute is found, decided by keyboard, and read."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.e2e.pictures import CASE
from tests.e2e.test_pages import LOW_CONTRAST, UNNAMED, WIDER

pytestmark = pytest.mark.e2e


def test_a_disputed_mark_is_decided_with_the_keyboard_and_the_resident_reads_it(desk: Desk) -> None:
    page, faults = desk.page, list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    desk.enter(CASE)
    desk.ask("When did it start?")
    desk.leave()
    desk.hand_in()
    desk.finish()
    review = page.url
    page.locator("details.dispute summary").first.click()
    page.get_by_label("In your words").first.fill("I asked it.")
    page.get_by_role("button", name="Keep this").first.click()
    expect(page.get_by_text("No teacher has looked at it yet.")).to_be_visible()
    page.goto(f"{desk.address}/practice/desk")
    page.get_by_role("link", name="Look at it").first.click()
    expect(page.locator("[data-mark]").first).to_contain_text("I asked it.")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WIDER) == 0
    assert page.evaluate(UNNAMED) == page.evaluate(LOW_CONTRAST) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("1")
    page.get_by_label("Proved by turn").first.fill("1")
    page.get_by_label("A word to the resident").first.fill("You did.")
    page.get_by_label("A word to the resident").first.press("Enter")
    expect(page.get_by_role("heading", name="Decided (1)")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("f")
    expect(page.get_by_role("radio", name="misunderstood")).to_be_focused()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Held against the patient: told too much")).to_be_visible()
    page.get_by_role("link", name="Judge it as a whole").click()
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate(WIDER) == 0
    assert page.evaluate(UNNAMED) == page.evaluate(LOW_CONTRAST) == []
    page.get_by_role("radio", name="Clear pass").focus()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".judged")).to_contain_text("Borderline You")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(review)
    page.get_by_text("What you did (").click()
    expect(page.locator(".ruled:visible")).to_contain_text("You did.")
    go_item_by_item(desk)
    assert faults == []


def go_item_by_item(desk: Desk) -> None:
    """Mark an item of the only talk blind, by keyboard, and see what the machine had said."""
    page = desk.page
    page.goto(f"{desk.address}/practice/desk/items")
    page.get_by_role("link", name=CASE).click()
    page.get_by_role("link", name="Mark blind").click()
    page.get_by_role("link", name="Begin").first.click()
    expect(page.get_by_text("What the machine said shows once you have decided.")).to_be_visible()
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WIDER) == 0
    assert page.evaluate(UNNAMED) == page.evaluate(LOW_CONTRAST) == []
    expect(page.get_by_role("radio", name="done")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Proved by turn")).to_be_focused()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("All talks are done for:")
    page.get_by_role("link", name="Look again").last.click()
    expect(page.locator(".badge")).to_have_text("done")
