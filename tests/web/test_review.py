"""The review and the progress over HTTP: whose they are, what is proved, tried again, disputed."""

from __future__ import annotations

import re
from html import unescape

import pytest

from simulator.encounter.phases import Phase
from simulator.encounter.records import Note, SelfAssessment
from simulator.evaluator.report import Report
from simulator.web.review import pages
from simulator.web.review.view import review_of
from simulator.web.server import PATH
from tests.web.conftest import Browser, Site

SAID = ("What brings you in?", "Do you drink?", "How do you <feel> about it?", "When did it begin?")


def held(site: Site, browser: Browser, *said: str) -> str:
    """An encounter that is over, in which this was said."""
    who, mine = browser.resident, site.at(Phase.INTERVIEW, browser)
    for place, words in enumerate(said):
        site.encounters.ask(mine, who, words, f"t{place}")
    site.encounters.end_interview(mine, who)
    site.encounters.submit_note(mine, who, Note())
    site.encounters.submit_self_assessment(mine, who, SelfAssessment(history=5))
    return mine


def post(browser: Browser, path: str, **sent: str) -> tuple[int, str, str]:
    """What a form sends: the status, where it leads, and the page."""
    answer = browser.client.post(
        f"{PATH}{path}", data=sent, headers=browser.headers, follow_redirects=False
    )
    return answer.status_code, answer.headers.get("location", ""), answer.text


@pytest.fixture(scope="module")
def browser(site: Site) -> Browser:
    return site.browser()


@pytest.fixture(scope="module")
def mine(site: Site, browser: Browser) -> str:
    return held(site, browser, *SAID)


def test_a_review_is_its_owners_alone(site: Site, mine: str) -> None:
    for path in (f"/review/{mine}", f"/review/{mine}/compare"):
        answer = site.browser().get(f"{PATH}{path}")
        assert answer.status_code == 404
        assert "Alva Berg" not in answer.text and "sore knee" not in answer.text


def test_whoever_reads_another_s_review_is_offered_nothing_to_do_in_their_place(
    site: Site, browser: Browser, mine: str
) -> None:
    assert "<form" in browser.get(f"{PATH}/review/{mine}").text
    encounter = site.encounters.store.read(mine)
    report = Report.model_validate(site.encounters.store.latest_report(mine))
    shown = review_of(encounter, report, [encounter], lambda _: report, [], [], [])
    html = bytes(pages.review(shown, "", own=False).body).decode()
    assert "<form" not in html
    assert SAID[0] in html


@pytest.mark.parametrize("phase", [p for p in Phase if p != Phase.FEEDBACK])
def test_nothing_is_shown_before_it_is_due(site: Site, phase: Phase) -> None:
    browser = site.browser()
    answer = browser.get(f"{PATH}/review/{site.at(phase, browser)}")
    assert answer.status_code == 404
    assert "finish the encounter first" in answer.text
    assert "Sprained" not in answer.text and "Asks about fever" not in answer.text


def test_a_review_quotes_only_what_was_typed_and_each_proof_leads_to_its_turn(
    browser: Browser, mine: str
) -> None:
    html = browser.get(f"{PATH}/review/{mine}").text
    assert "<feel>" not in html and "&lt;feel&gt;" in html
    proofs = re.findall(r'class="proof">You said: <q>(.*?)</q> <a class="at" href="#(.*?)"', html)
    assert proofs
    for quote, place in proofs:
        assert any(unescape(quote) in words for words in SAID)
        assert f'id="{place}"' in html
    for place in re.findall(r'href="#(.*?)"', html):
        assert f'id="{place}"' in html, place


def test_what_is_critical_stands_first_and_decides(browser: Browser, mine: str) -> None:
    html = browser.get(f"{PATH}/review/{mine}").text
    assert "Not yet" in html and "Critical: 0 of 1 done" in html
    assert html.index("mark-checklist-fever") < html.index("mark-checklist-onset")
    assert "This case names nothing critical" not in html


def test_the_line_of_trust_has_its_numbers_behind_it(browser: Browser, mine: str) -> None:
    html = browser.get(f"{PATH}/review/{mine}").text
    assert 'role="img" aria-label="How far Alva Berg trusted you.' in html
    table = html[html.index("The numbers behind the line") :]
    assert len(re.findall(r'<tr><td><a class="at"', table)) == len(SAID)


def test_the_own_view_stands_beside_the_marks(browser: Browser, mine: str) -> None:
    html = browser.get(f"{PATH}/review/{mine}").text
    row = html[html.index("I asked what mattered") :].split("</tr>")[0]
    assert "5 of 5" in row and "1 of 2" in row and "You thought better of it" in row


def test_a_mark_that_was_not_met_can_be_spoken_against(
    site: Site, browser: Browser, mine: str
) -> None:
    said = {"mark": "checklist:fever", "turn": "3", "said": "I asked <how> she felt."}
    status, where, _ = post(browser, f"/review/{mine}/disputes", **said)
    assert (status, where) == (303, f"{PATH}/review/{mine}#mark-checklist-fever")
    (kept,) = site.store.disputes(mine)
    assert (kept.mark, kept.turn, kept.said) == ("checklist:fever", 3, "I asked <how> she felt.")
    html = browser.get(f"{PATH}/review/{mine}").text
    assert "You say this was done" in html and "I asked &lt;how&gt; she felt." in html
    assert "in turn 3" in html and "No teacher has looked at it yet" in html


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"mark": "checklist:onset", "said": "Better than that"}, "There is no such mark"),
        ({"mark": "checklist:nothing", "said": "I did"}, "There is no such mark"),
        ({"mark": "checklist:fever", "said": "  "}, "Say in a few words"),
        ({"mark": "checklist:fever", "turn": "99"}, "Say in a few words"),
    ],
)
def test_what_says_nothing_or_hits_no_open_mark_is_not_kept(
    site: Site, browser: Browser, sent: dict[str, str], told: str
) -> None:
    mine = held(site, browser, "When did it begin?")
    status, _, page = post(browser, f"/review/{mine}/disputes", **sent)
    assert status == 200 and told in page
    assert site.store.disputes(mine) == []


def test_nobody_speaks_or_tries_again_for_others(site: Site, mine: str) -> None:
    before, stranger = site.store.disputes(mine), site.browser()
    sent = {"mark": "checklist:fever", "said": "I did"}
    assert post(stranger, f"/review/{mine}/disputes", **sent)[0] == 404
    assert post(stranger, f"/review/{mine}/again", turn="1")[0] == 404
    assert site.store.disputes(mine) == before
    assert site.store.of_resident(stranger.resident) == []


def test_a_form_of_another_site_is_refused(browser: Browser, mine: str) -> None:
    headers = {**browser.headers, "origin": "https://elsewhere.example"}
    sent = browser.client.post(
        f"{PATH}/review/{mine}/again", data={"turn": "1"}, headers=headers, follow_redirects=False
    )
    assert sent.status_code == 403


def test_a_moment_tried_again_is_seen_side_by_side(site: Site, browser: Browser) -> None:
    first = held(site, browser, *SAID)
    html = browser.get(f"{PATH}/review/{first}").text
    assert f'action="{PATH}/review/{first}/again"' in html
    _, where, _ = post(browser, f"/review/{first}/again", turn="2")
    again = where.partition("id=")[2]
    assert where == f"{PATH}/encounter?id={again}"
    assert "still open" in browser.get(f"{PATH}/review/{first}").text
    site.encounters.ask(again, browser.resident, "Do you have a fever?", "new")
    site.encounters.end_interview(again, browser.resident)
    site.encounters.submit_note(again, browser.resident, Note())
    site.encounters.submit_self_assessment(again, browser.resident, SelfAssessment())
    page = browser.get(f"{PATH}/review/{again}/compare").text
    for words in ("Do you have a fever?", "When did it begin?"):
        assert words in page
    assert "What brings you in?" not in page, "until there the two are one"
    won = page[page.index("What the second try won") :]
    assert "Asks about fever" in won.partition("What it lost")[0]
    assert f'href="{PATH}/review/{again}/compare"' in browser.get(f"{PATH}/review/{first}").text


def test_only_a_try_from_a_turn_has_something_beside_it(browser: Browser, mine: str) -> None:
    assert browser.get(f"{PATH}/review/{mine}/compare").status_code == 404


def test_progress_reaches_every_attempt_and_tells_first_tries_from_others(site: Site) -> None:
    browser = site.browser()
    first, second = held(site, browser, "Hello."), held(site, browser, *SAID)
    browser.get(f"{PATH}/review/{first}"), browser.get(f"{PATH}/review/{second}")
    html = browser.get(f"{PATH}/progress").text
    for one in (first, second):
        assert f'href="{PATH}/review/{one}"' in html
    assert "first try" in html and "repeat 2" in html
    assert html.count('role="img"') >= 4
    assert "Alva Berg" not in site.browser().get(f"{PATH}/progress").text.replace("· Alva Berg", "")


def test_progress_says_what_comes_first_where_nothing_was_done(site: Site) -> None:
    html = site.browser().get(f"{PATH}/progress").text
    assert "Nothing to show yet" in html and "You have not met this patient yet" in html


@pytest.mark.parametrize("path", ["/review/none", "/progress"])
def test_the_pages_run_no_script_and_no_style_but_their_own(site: Site, path: str) -> None:
    answer = site.browser().get(f"{PATH}{path}")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    assert "style=" not in answer.text and "<script>" not in answer.text
    for link in re.findall(r'(?:href|src)="(/static/[^"]*)"', answer.text):
        assert site.browser().get(link).status_code == 200
