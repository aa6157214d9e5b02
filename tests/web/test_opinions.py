"""What one thinks of the program, over HTTP: offered seldom, kept apart, one's own to delete."""

from __future__ import annotations

import re
from html import unescape

import pytest

from simulator.web.opinions.words import statements, words
from simulator.web.server import PATH
from tests.web.conftest import Browser, Site
from tests.web.test_course import browser, knee, put, site, text_of
from tests.web.test_review import post

OPINION = f"{PATH}/opinion"
TITLE = words()["offer"]["title"]
SUS = {f"sus-{n}": "5" if n % 2 else "1" for n in range(1, 11)}
ACCEPTANCE = {f"acceptance-{n}": "4" for n in statements("practice", "acceptance")}
__all__ = ["browser", "site"]  # the course's site, on which nothing is read


def review(site: Site, browser: Browser, day: int = 0) -> str:
    """The page of a review that was never opened before."""
    made = put(site.store, browser.resident, knee("mn"), day)
    return str(browser.get(f"{PATH}/review/{made}").text)


def later(site: Site, days: int) -> None:
    site.clock.forward(minutes=days * 24 * 60)


def test_the_forms_are_offered_below_a_review_one_day_in_sixty(
    site: Site, browser: Browser
) -> None:
    page = review(site, browser)
    assert TITLE in page and page.index(TITLE) > page.index("h-made")
    assert TITLE in review(site, browser, 1)
    later(site, 1)
    assert TITLE not in review(site, browser, 2)
    later(site, 59)
    assert TITLE in review(site, browser, 3)


def test_one_click_declines_for_good_and_leads_back(site: Site, browser: Browser) -> None:
    made = put(site.store, browser.resident, knee("mn"))
    back = f"{PATH}/review/{made}"
    assert TITLE in browser.get(back).text
    status, where, _ = post(browser, "/opinion/never", back=back)
    assert (status, where) == (303, back)
    later(site, 400)
    assert TITLE not in browser.get(back).text
    assert "not asked any more" in browser.get(OPINION).text
    post(browser, "/opinion/again")
    assert TITLE in browser.get(back).text


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/practice/\\x", "/account/", ""]
)
def test_declining_leads_nowhere_else(browser: Browser, back: str) -> None:
    assert post(browser, "/opinion/never", back=back)[1] == OPINION


def test_what_is_said_is_kept_with_the_month_and_without_a_name(
    site: Site, browser: Browser
) -> None:
    status, where, _ = post(browser, "/opinion/practice", **SUS, **ACCEPTANCE)
    assert (status, where) == (303, f"{OPINION}?did=thanks")
    sus, acceptance = site.store.opinions_of(browser.resident)
    assert sus.answers == {str(n): 5 if n % 2 else 1 for n in range(1, 11)}
    assert set(acceptance.answers.values()) == {4}
    assert sus.month == f"{site.clock():%Y-%m}"
    page = text_of(browser.get(f"{OPINION}?did=thanks").text)
    assert "Thank you. It is kept." in page and "System Usability Scale, after practising" in page
    data = browser.get(f"{OPINION}/mine.json").json()
    assert [d["form"] for d in data] == ["sus", "acceptance"]
    assert browser.resident not in str(data)


def test_one_part_alone_will_do_and_a_part_begun_is_not_kept(site: Site, browser: Browser) -> None:
    begun = {**SUS, "acceptance-ease-1": "2"}
    status, _, page = post(browser, "/opinion/practice", **begun)
    assert status == 200 and "6 statements are still without" in page
    assert page.count("checked") == 11 and site.store.opinions_of(browser.resident) == []
    assert "Nothing was answered" in post(browser, "/opinion/practice")[2]
    assert post(browser, "/opinion/practice", **SUS)[0] == 303
    assert [o.form for o in site.store.opinions_of(browser.resident)] == ["sus"]


@pytest.mark.parametrize("level", ["0", "6", "x", "3.5", "٣"])
def test_what_is_none_of_the_five_is_no_answer(site: Site, browser: Browser, level: str) -> None:
    assert "still without" in post(browser, "/opinion/practice", **{**SUS, "sus-3": level})[2]
    assert site.store.opinions_of(browser.resident) == []


def test_whoever_answered_is_left_in_peace_for_ninety_days(site: Site, browser: Browser) -> None:
    post(browser, "/opinion/practice", **SUS)
    assert TITLE not in review(site, browser)
    page = post(browser, "/opinion/practice", **SUS)[2]
    assert "You answered not long ago" in page and "<form" not in page
    assert len(site.store.opinions_of(browser.resident)) == 1
    later(site, 90)
    assert post(browser, "/opinion/practice", **SUS)[0] == 303


def test_what_one_said_is_deleted_at_a_click(site: Site, browser: Browser) -> None:
    post(browser, "/opinion/practice", **SUS)
    other = site.browser()
    post(other, "/opinion/practice", **SUS)
    assert post(browser, "/opinion/erase")[:2] == (303, f"{OPINION}?did=erased")
    assert "Nothing of yours is kept" in browser.get(OPINION).text
    assert len(site.store.opinions_of(other.resident)) == 1


def test_every_statement_is_a_group_of_five_named_choices(browser: Browser) -> None:
    for occasion in ("practice", "authoring"):
        page = browser.get(f"{OPINION}/{occasion}").text
        assert page.count("<fieldset><legend>") == 17
        assert len(re.findall(r'<label><input type="radio"', page)) == 85
        said = unescape(page)
        assert all(s in said for s in statements(occasion, "sus").values())
        assert all(s in said for s in statements(occasion, "acceptance").values())
        assert "J. Brooke 1996" in said and "Davis" in said


def test_there_is_no_other_form(browser: Browser) -> None:
    assert browser.get(f"{OPINION}/teaching").status_code == 404
