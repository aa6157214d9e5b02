"""From the library to the review: a good interview, a bad one, and what they are told."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Served
from tests.e2e.desk import Desk
from tests.e2e.pictures import CASE

pytestmark = pytest.mark.e2e

GOOD = [
    "Hello, my name is Dr. Brown, I'm one of the residents. What brings you in today?",
    "I'm sorry, that must be frightening. Can you tell me more about it?",
    "When did the pain start?",
    "What were you doing when it came on?",
    "What does the pain feel like?",
    "Does the pain go anywhere else?",
    "On a scale of one to ten, how bad is it?",
    "Does a deep breath change the pain?",
    "Have you been short of breath?",
    "Were you sweating?",
    "Have you had anything like this before?",
    "Do you have high blood pressure or diabetes?",
    "What medicines do you take?",
    "Have you stopped taking any of your tablets?",
    "Are you allergic to anything?",
    "Does anyone in your family have heart disease?",
    "Do you smoke?",
    "What do you think is causing this?",
    "What worries you most?",
]
BAD = ["Hi.", "Does it hurt?", "OK, thanks, bye."]


def test_a_good_interview_scores_higher_and_every_quote_was_typed(desk: Desk) -> None:
    desk.interview(CASE, BAD, [])
    desk.hand_in()
    low = desk.finish()
    desk.interview(CASE, GOOD, ["ECG"])
    desk.write_note("Pressing chest pain on effort", "NSTEMI", "pain to the arm", "Troponin")
    desk.hand_in()
    high = desk.finish()
    assert high > low + 8
    typed = " ".join(GOOD)
    quotes = desk.page.locator(".mark .proof q").all_text_contents()
    assert len(quotes) > 8
    assert [q for q in quotes if q.strip('“”"').strip() not in typed] == []


def test_the_note_is_kept_as_a_draft_and_shown_beside_the_key(desk: Desk) -> None:
    desk.interview(CASE, BAD, [])
    desk.write_note("Two hours of chest pain", "Pericarditis", "none", "ECG")
    desk.page.locator("#note-workup textarea").blur()
    expect(desk.page.locator("#draft")).to_contain_text("Draft saved")
    desk.page.reload()
    expect(desk.page.locator("#note-history textarea")).to_have_value("Two hours of chest pain")
    expect(desk.page.locator("#dx-1 textarea")).to_have_value("Pericarditis")
    desk.hand_in()
    desk.finish()
    expect(desk.page.locator("[aria-labelledby=h-note]")).to_contain_text("Pericarditis")


def test_reports_download_and_the_library_remembers_the_attempt(desk: Desk) -> None:
    desk.interview(CASE, BAD, [])
    desk.hand_in()
    desk.finish()
    desk.page.get_by_label("Your name, for the PDF").fill("Łucja 王")
    for role, name, ending in (("button", "PDF", ".pdf"), ("link", "JSON", ".json")):
        with desk.page.expect_download() as download:
            desk.page.get_by_role(role, name=f"Download as {name}").click()
        assert download.value.suggested_filename.endswith(ending)
    desk.page.get_by_role("link", name="Patients").click()
    card = desk.page.locator(".case", has_text=CASE)
    expect(card).to_contain_text("Tried once")
    card.get_by_role("link", name="Read the review").click()
    expect(desk.page.locator(".summary h1")).to_be_visible()


def test_the_whole_journey_needs_no_mouse(desk: Desk) -> None:
    def tab_to(selector: str) -> None:
        for _ in range(60):
            desk.page.keyboard.press("Tab")
            if desk.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the keyboard never reached {selector}")

    desk.library()
    tab_to(".case a.button")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("button", name="Knock and enter")).to_be_visible()
    tab_to("#enter")
    desk.page.keyboard.press("Enter")
    expect(desk.message).to_be_focused()
    desk.page.keyboard.type("When did it start?")
    desk.page.keyboard.press("Enter")
    expect(desk.answers).to_have_count(1, timeout=150_000)
    expect(desk.message).to_be_focused()
    tab_to("#end")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#end-no")).to_be_focused()
    desk.page.keyboard.press("Shift+Tab")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("heading", name="Write the note")).to_be_focused()
    tab_to("#hand-in")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("heading", name="Before you see a score")).to_be_focused()
    tab_to("#show-feedback")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".summary h1")).to_be_visible(timeout=60_000)
    tab_to(".moment button")
    desk.page.keyboard.press("Enter")
    expect(desk.message).to_be_visible(timeout=60_000)


def test_another_browser_does_not_see_the_encounter(desk: Desk, served: Served) -> None:
    desk.enter(CASE)
    desk.page.wait_for_url("**/encounter?id=*")
    browser = desk.page.context.browser
    assert browser is not None
    other: BrowserContext = browser.new_context()
    page = other.new_page()
    page.goto(desk.page.url)
    expect(page.locator("#notice")).to_contain_text("This encounter is not here")
    expect(page.get_by_text("Maria Lopez")).to_have_count(0)
    other.close()
