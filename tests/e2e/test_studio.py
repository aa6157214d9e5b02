"""An author makes a patient in the browser: writes, tries, mends and keeps what was tried."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Served
from tests.e2e.desk import SLOW
from tests.e2e.test_pages import LOW_CONTRAST, TEXTS, UNNAMED, WIDER

pytestmark = pytest.mark.e2e

FAINT = LOW_CONTRAST.replace(TEXTS, "body :not(:disabled)")
PARTS = ("questions", "about", "doorway", "patient", "facts", "denies", "checklist", "yaml")


@pytest.fixture
def page(context: BrowserContext, served: Served) -> Page:
    """The studio at the width from which it works, reached from the residents' page."""
    found = context.new_page()
    found.set_viewport_size({"width": 1024, "height": 800})
    found.goto(served.address)
    found.get_by_role("link", name="For faculty").click(timeout=SLOW)
    expect(found.get_by_role("heading", name="Your patients")).to_be_visible(timeout=SLOW)
    return found


def new_patient(page: Page, title: str) -> None:
    page.get_by_role("link", name="New patient").click()
    for label, text in (("Title", title), ("Name of the patient", "Ben Harris"), ("Age", "46"),
                        ("Complaint", "Cough for three weeks")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Sex").select_option("male")
    page.get_by_role("button", name="Make the patient").click()
    expect(page.get_by_role("heading", name="Likely questions")).to_be_visible(timeout=SLOW)


def saved(page: Page, version: int) -> None:
    expect(page.locator("#saved")).to_have_text(f"Version {version}, saved", timeout=SLOW)


def ask(page: Page, words: str) -> None:
    before = page.locator(".theirs").count()
    page.get_by_label("Your words to the patient").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator(".theirs")).to_have_count(before + 1, timeout=SLOW)
    expect(page.get_by_label("Your words to the patient")).to_be_focused()


def test_a_patient_is_made_tried_mended_and_kept_as_a_test(page: Page) -> None:
    new_patient(page, "A cough that stays")
    page.get_by_label("The patient says, to: When did it start?").fill("Three weeks ago.")
    page.keyboard.press("Enter")
    saved(page, 2)
    page.get_by_role("link", name="What the patient knows").click()
    page.get_by_label("New fact").fill("I smoke five a day.")
    page.keyboard.press("Enter")
    saved(page, 3)
    topic = page.get_by_role("combobox", name="Topic (fact 2)")
    topic.fill("cigarettes")
    expect(page.locator(".combo li").first).to_contain_text("smoking")
    topic.press("Enter")
    saved(page, 4)
    ask(page, "Do you smoke?")
    expect(page.locator("#turn-1 .theirs")).to_contain_text("I smoke five a day.")
    expect(page.locator("#turn-1 .kind")).to_have_text("told")
    page.get_by_label("The patient says (fact 2)").fill("I smoke ten a day.")
    saved(page, 5)
    expect(page.locator("#plays")).to_have_text("The case has changed since.")
    page.get_by_role("button", name="Ask it all again").click()
    expect(page.locator("#turn-1 .theirs")).to_contain_text("I smoke ten a day.", timeout=SLOW)
    expect(page.locator("#turn-1 del")).to_have_text("I smoke five a day.")
    page.locator("#turn-1").get_by_text("Mend or keep").click()
    page.locator("#turn-1").get_by_role("button", name="Keep as a test").click()
    saved(page, 6)
    page.get_by_role("link", name="The case's own tests").click()
    expect(page.get_by_label("The resident asks (test 1)")).to_have_value("Do you smoke?")
    expect(page.get_by_label("Expected (test 1)")).to_have_value("told: smoke-five")
    page.get_by_role("button", name="Undo").click()
    saved(page, 5)
    expect(page.get_by_label("The resident asks (test 1)")).to_have_count(0)
    page.go_back()
    expect(page.get_by_label("The patient says (fact 2)")).to_have_value("I smoke ten a day.")


def test_text_and_form_show_one_case_and_a_fault_stands_beside_its_field(page: Page) -> None:
    new_patient(page, "A cough, as text")
    page.get_by_role("link", name="Text", exact=True).click()
    box = page.get_by_label("YAML")
    box.fill(box.input_value().replace("status: draft", "status: draft\ndifficulty: harsh\nodd: 1"))
    expect(page.locator("#yaml-notes")).to_contain_text("difficulty: 'harsh' is not one of")
    expect(page.locator("#plays")).to_have_text("Version 1 plays; the newest has a fault to mend.")
    page.get_by_role("link", name="About the case").click()
    expect(page.locator("#at-difficulty-notes")).to_contain_text("is not one of easy, moderate")
    expect(page.locator("[data-part-notes=about]")).to_contain_text("odd")
    page.get_by_label("Difficulty").select_option("hard")
    expect(page.locator("#at-difficulty-notes")).to_have_text("")
    expect(page.locator("[data-part-notes=about]")).to_contain_text("odd")
    page.reload()
    expect(page.get_by_label("Difficulty")).to_have_value("hard")


def test_a_vignette_becomes_a_draft_whose_life_is_shown(page: Page) -> None:
    page.get_by_role("link", name="Bring a case").click()
    page.get_by_label("Paste the case here").fill(
        "A 46-year-old man has had a cough for three weeks. He smokes five cigarettes a day."
    )
    page.get_by_role("button", name="Make a draft of it").click()
    expect(page.get_by_role("heading", name="What needs a human")).to_be_visible(timeout=SLOW)
    before = page.locator(".need").count()
    page.get_by_role("button", name="Mark as seen to").first.click()
    expect(page.get_by_role("button", name="Mark as seen to")).to_have_count(before - 1)
    page.get_by_role("link", name="Life").click()
    page.get_by_label("Your name").first.fill("Ana Ruiz")
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.locator("[aria-current=step]")).to_have_text("review")
    expect(page.get_by_role("button", name="Release", exact=True)).to_be_disabled()
    assert page.evaluate(WIDER) == 0
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(FAINT) == []


def test_of_two_tabs_the_later_save_is_refused_and_both_texts_are_shown(page: Page) -> None:
    new_patient(page, "A cough in two tabs")
    page.get_by_role("link", name="First and last words").click()
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Opening").fill("I cough all night.")
    saved(other, 2)
    page.get_by_label("Farewell").fill("Thank you, doctor.")
    page.get_by_role("link", name="Compare the two").click()
    expect(page.locator(".diff")).to_contain_text("I cough all night.")
    expect(page.locator(".diff")).to_contain_text("Thank you, doctor.")


def test_every_part_of_a_case_fits_its_window_and_can_be_read_and_named(page: Page) -> None:
    new_patient(page, "A cough to look at")
    wider: list[int] = []
    complaints: list[str] = []
    for part in PARTS:
        page.locator(f"[data-part={part}]").click()
        expect(page.locator(f"[data-part={part}][aria-current]")).to_be_visible()
        wider.append(page.evaluate(WIDER))
        complaints += page.evaluate(UNNAMED)
        complaints += page.evaluate(FAINT)
    assert wider == [0] * len(PARTS)
    assert complaints == []
