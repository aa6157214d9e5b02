"""A circuit in a real browser: set, sat under exam conditions, and its feedback waited for."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.e2e.test_pages import LOW_CONTRAST, UNNAMED, WIDER

pytestmark = pytest.mark.e2e
PASTE = """() => {
  const carried = new DataTransfer();
  carried.setData("text", "a line from elsewhere");
  const box = document.querySelector("#ask textarea");
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
}"""


def check_page(desk: Desk) -> None:
    """Nothing wider than the screen, nothing without a name, nothing too pale."""
    for width in (320, 1280):
        desk.page.set_viewport_size({"width": width, "height": 900})
        assert desk.page.evaluate(WIDER) == 0
    assert desk.page.evaluate(UNNAMED) == desk.page.evaluate(LOW_CONTRAST) == []


def test_a_circuit_is_set_and_sat_and_its_feedback_waits(desk: Desk) -> None:
    page, faults = desk.page, list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{desk.address}/practice/assignments")
    check_page(desk)
    page.get_by_label("Title").fill("Evening circuit")
    for station in page.locator("input[name=station]").all()[:2]:
        station.check()
    page.get_by_label("Exam conditions").check()
    page.get_by_label("one station after the other").check()
    page.get_by_label("When a teacher releases it").check()
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_text("The feedback is held back")).to_be_visible()
    check_page(desk)
    status = page.url
    page.goto(f"{desk.address}/practice/")
    page.get_by_role("link", name="Evening circuit").click()
    expect(page.get_by_text("After the station before it")).to_be_visible()
    check_page(desk)
    page.get_by_role("link", name="Read the doorway note").click()
    expect(page.get_by_text("Set for you: Evening circuit")).to_be_visible()
    expect(page.locator("#mode")).to_have_count(0)
    page.locator("#enter").click()
    expect(page.locator("#ask textarea")).to_be_visible()
    expect(page.locator("#hint")).to_have_count(0)
    desk.ask("When did it start?")
    page.evaluate(PASTE)
    desk.leave()
    desk.hand_in()
    page.locator("#show-feedback").click()
    expect(page.get_by_text("The feedback is not given out yet")).to_be_visible()
    page.goto(f"{desk.address}/practice/assigned")
    expect(page.get_by_role("link", name="Read the doorway note")).to_have_count(1)
    expect(page.get_by_role("link", name="Read the review")).to_have_count(0)
    page.goto(status)
    page.get_by_text("Noted: 1").click()
    expect(page.get_by_text("21 characters pasted, after turn 1")).to_be_visible()
    page.get_by_role("button", name="Give the feedback out now").click()
    page.goto(f"{desk.address}/practice/assigned")
    page.get_by_role("link", name="Read the review").click()
    expect(page.get_by_role("heading", name="Missed")).to_be_visible()
    assert faults == []
