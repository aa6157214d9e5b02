"""Every page, at a desk and on a phone: nothing overflows, everything has a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import Desk
from tests.e2e.pictures import CASE

pytestmark = pytest.mark.e2e

UNNAMED = """() => [...document.querySelectorAll('input, textarea, select, button, a[href]')]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .filter(e => !(e.labels?.length || e.ariaLabel || e.getAttribute('aria-labelledby')
    || (e.matches('button, a') && e.textContent.trim())))
  .map(e => e.outerHTML.slice(0, 160))"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
TEXTS = ".prose *, body > :is(main, header, .review) *, label, button, textarea"
LOW_CONTRAST = """() => {
  const channel = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
  const read = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = read(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('TEXTS')]
    .filter(e => e.checkVisibility() && !e.matches('.sr, .skip'))
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => { const a = light(read(getComputedStyle(e).color)), b = light(ground(e));
      return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5; })
    .map(e => e.outerHTML.slice(0, 120));
}""".replace("TEXTS", TEXTS)


def walk(desk: Desk, look: Callable[[Page], None]) -> None:
    """Go from the library to the review and look at every page on the way."""
    desk.library()
    look(desk.page)
    desk.doorway(CASE)
    look(desk.page)
    desk.page.get_by_role("button", name="Knock and enter").click()
    desk.ask("When did it start, and " + "long" * 40 + "?")
    desk.order("ECG")
    look(desk.page)
    desk.page.get_by_role("button", name="End the interview").click()
    expect(desk.page.locator("#end-no")).to_be_visible()
    look(desk.page)
    desk.page.get_by_role("button", name="Yes, leave").click()
    expect(desk.page.get_by_role("heading", name="Write the note")).to_be_visible()
    look(desk.page)
    desk.hand_in()
    look(desk.page)
    desk.finish()
    look(desk.page)


@pytest.mark.parametrize("width", [320, 390, 640, 1280])
def test_no_page_scrolls_sideways(desk: Desk, width: int) -> None:
    desk.page.set_viewport_size({"width": width, "height": 844})
    wider: list[int] = []
    walk(desk, lambda page: wider.append(page.evaluate(WIDER)))
    assert wider == [0] * 7


def test_every_page_has_its_language_one_main_heading_and_named_fields(desk: Desk) -> None:
    unnamed: list[str] = []

    def look(page: Page) -> None:
        expect(page.locator("h1")).to_have_count(1)
        assert page.locator("html").get_attribute("lang") == "en"
        unnamed.extend(page.evaluate(UNNAMED))

    walk(desk, look)
    assert unnamed == []


def test_text_stands_out_from_its_ground(desk: Desk) -> None:
    faint: list[str] = []
    walk(desk, lambda page: faint.extend(page.evaluate(LOW_CONTRAST)))
    assert faint == []


def test_nothing_is_missing_or_reported_in_the_console(desk: Desk) -> None:
    complaints: list[str] = []
    desk.page.on("pageerror", lambda error: complaints.append(str(error)))
    desk.page.on(
        "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None
    )
    walk(desk, lambda page: None)
    assert complaints == []


def test_gradios_own_navigation_and_clear_button_stay_hidden(desk: Desk) -> None:
    desk.library()
    expect(desk.page.get_by_role("link", name="Home", exact=True)).to_have_count(0)
    desk.enter(CASE)
    desk.ask("When did it start?")
    expect(desk.page.get_by_role("button", name="Clear")).to_have_count(0)


def test_on_a_phone_chart_findings_and_notes_are_sheets_below_the_clock(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.enter(CASE)
    expect(desk.page.locator("#rail > .column:visible")).to_have_count(0)
    for sheet, part in (("Chart", ".vitals"), ("Findings", "#order"), ("My notes", "#pad")):
        desk.page.get_by_role("button", name=sheet).click()
        expect(desk.page.locator(f"#rail {part}")).to_be_in_viewport()
        expect(desk.page.locator("#clock")).to_be_in_viewport(ratio=1)


HERE = "() => location.pathname + location.search"
IN_PAGE = "() => [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
FOLLOW = """href => { const a = document.querySelector(`a[href="${href}"]`);
  a.click(); return [location.hash, !!document.querySelector(href)]; }"""


def test_every_link_within_a_page_stays_on_it_and_leads_somewhere(desk: Desk) -> None:
    followed: list[str] = []

    def look(page: Page) -> None:
        before = page.evaluate(HERE)
        for href in page.evaluate(IN_PAGE):
            assert page.evaluate(FOLLOW, href) == [href, True], href
            assert page.evaluate(HERE) == before
            followed.append(href)

    walk(desk, look)
    assert followed.count("#main") == 7
    assert any(href.startswith("#turn-") for href in followed)
    assert "#h-talk" in followed


def test_every_page_has_a_title_of_its_own(desk: Desk) -> None:
    titles: list[str] = []
    walk(desk, lambda page: titles.append(page.title()))
    assert len(set(titles)) == 6  # the question whether to leave is asked on the same page
    assert all("Bedside" in title for title in titles)


def test_a_reader_of_the_screen_hears_who_speaks(desk: Desk) -> None:
    desk.enter(CASE)
    desk.ask("When did it start?")
    log = desk.page.get_by_role("log")
    expect(log).to_contain_text("You: When did it start?")
    expect(log).to_contain_text("Maria Lopez: ")


@pytest.mark.parametrize(("width", "height", "least"), [(640, 400, 150), (390, 420, 170)])
def test_with_little_height_the_talk_keeps_its_room_and_the_clock_its_place(
    desk: Desk, width: int, height: int, least: int
) -> None:
    """Letters at twice their size, or a phone whose keyboard is open."""
    desk.page.set_viewport_size({"width": width, "height": height})
    desk.enter(CASE)
    desk.ask("When did it start?")
    for part in ("#clock", "#ask textarea"):
        expect(desk.page.locator(part)).to_be_in_viewport(ratio=1)
    box = desk.page.locator("#chat").bounding_box()
    assert box is not None and box["height"] >= least


def test_a_hint_covers_neither_clock_nor_talk(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.enter(CASE)
    desk.ask("When did it start?")
    desk.page.get_by_role("button", name="Give me a hint").click()
    expect(desk.notice).to_contain_text("Hint 1")
    boxes = [desk.page.locator(p).bounding_box() for p in ("#clock", "#chat", "#notice", "#ask")]
    edges = [(b["y"], b["y"] + b["height"]) for b in boxes if b]
    assert len(edges) == 4
    assert all(above[1] <= below[0] + 1 for above, below in zip(edges, edges[1:], strict=False))
