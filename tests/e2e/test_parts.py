"""The makers' pages and the page of all parts: in the dark, narrow, and right to left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.e2e.test_pages import LOW_CONTRAST, UNNAMED, WIDER

pytestmark = pytest.mark.e2e
PLACES = ("/design", "/studio/", "/studio/chest-pain-maria-lopez", "/api/v1/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_a_page_fits_is_named_and_can_be_read(desk: Desk, place: str, scheme: str) -> None:
    page = desk.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{desk.address}{place}")
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate(UNNAMED) == page.evaluate(LOW_CONTRAST) == []
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(WIDER) == 0


@pytest.mark.parametrize("place", PLACES)
def test_a_page_that_is_read_from_the_right_stays_in_its_place(desk: Desk, place: str) -> None:
    desk.page.goto(f"{desk.address}{place}")
    desk.page.evaluate("document.documentElement.dir = 'rtl'")
    assert desk.page.evaluate(WIDER) == 0
    head = desk.page.locator(".masthead").bounding_box()
    assert head is not None and head["x"] == 0
