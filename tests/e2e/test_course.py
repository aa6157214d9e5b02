"""What a course sees in a real browser: its pages fit, read well, and lead to one another."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.e2e.pictures import CASE
from tests.e2e.test_pages import LOW_CONTRAST, UNNAMED, WIDER

pytestmark = pytest.mark.e2e
UNFOLD = "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"


def test_a_teacher_goes_from_the_course_to_a_case_judges_it_and_reads_evidence(desk: Desk) -> None:
    page, faults = desk.page, list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)

    def look() -> None:
        page.evaluate(UNFOLD)
        for width in (320, 390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(WIDER) == 0
        assert page.evaluate(UNNAMED) == page.evaluate(LOW_CONTRAST) == []
        expect(page.locator("h1")).to_have_count(1)

    desk.enter(CASE)
    desk.ask("When did it start?")
    desk.leave()
    desk.hand_in()
    desk.finish()
    page.get_by_role("link", name="Say what you think").click()
    look()
    groups = page.locator("fieldset")
    for number in range(10):
        groups.nth(number).get_by_role("radio").nth(2).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you.")
    look()
    page.goto(f"{desk.address}/practice/course")
    expect(page.get_by_text("too few (1 of at least 5)")).to_be_visible()
    look()
    with page.expect_download() as sent:
        page.locator('a[href$="/course/heat.xlsx"]').click()
    assert sent.value.suggested_filename == "heat.xlsx"
    page.locator("table a", has_text=CASE).first.click()
    look()
    fields = page.locator(".angoff input")
    for number in range(fields.count()):
        fields.nth(number).fill("50")
    page.get_by_role("button", name="Keep my estimates").click()
    expect(page.get_by_text("Cut score:")).to_contain_text("(50 %)")
    page.get_by_role("link", name="Back to the course").click()
    page.locator(".heat").first.get_by_role("link", name="You").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Evidence toward")
    look()
    page.get_by_role("link", name="turn 1").first.click()
    page.wait_for_url("**/review/*#turn-1")
    assert faults == []
