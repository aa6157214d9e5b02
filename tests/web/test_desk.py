"""The teacher's desk over HTTP: what waits, what is decided, and what the resident reads."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from simulator.encounter.records import Dispute, Ruling
from simulator.evaluator.checklist import Word
from simulator.evaluator.report import Report
from simulator.web.review.queue import waiting
from simulator.web.server import PATH
from tests.web.conftest import Browser, Site
from tests.web.test_review import held, post

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FEVER = "checklist:fever"
PROOF = "Let us go on."


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


@pytest.fixture
def mine(site: Site, browser: Browser) -> str:
    """An encounter in which fever was never asked for, its review opened."""
    made = held(site, browser, "What brings you in?", "Let us go on.")
    assert browser.get(f"{PATH}/review/{made}").status_code == 200
    return made


def stands(site: Site, encounter: str, mark: str) -> tuple[str, str]:
    """The newest ruling on a mark: the verdict, and the comment."""
    found = [r for r in site.store.rulings(encounter) if r.mark == mark]
    return (found[-1].verdict, found[-1].comment) if found else ("", "")


def test_what_the_resident_disputes_waits_first_until_it_is_decided(
    site: Site, browser: Browser, mine: str
) -> None:
    post(browser, f"/review/{mine}/disputes", mark=FEVER, said="I asked.", turn="2")
    queue = browser.get(f"{PATH}/desk").text
    assert f"/practice/desk/{mine}" in queue and "the resident disagrees" in queue
    page = browser.get(f"{PATH}/desk/{mine}").text
    assert "I asked." in page and "Why the patient said this" in page
    status, where, _ = post(
        browser, f"/desk/{mine}", mark=FEVER, verdict="met", turn="2", comment="You did  ask."
    )
    assert (status, where.split("#")[0]) == (303, f"{PATH}/desk/{mine}")
    assert stands(site, mine, FEVER) == ("met", "You did ask.")
    assert "the resident disagrees" not in browser.get(f"{PATH}/desk").text


def test_the_resident_reads_what_a_teacher_decided_and_what_the_machine_had_said(
    browser: Browser, mine: str
) -> None:
    post(browser, f"/review/{mine}/disputes", mark=FEVER, said="I asked.", turn="2")
    assert "No teacher has looked at it yet." in browser.get(f"{PATH}/review/{mine}").text
    before = browser.get(f"{PATH}/reports/{mine}.json").json()
    post(browser, f"/desk/{mine}", mark=FEVER, verdict="met", turn="2", comment="You did ask.")
    page = browser.get(f"{PATH}/review/{mine}").text
    mark = page[page.index('id="mark-checklist-fever"') :]
    mark = mark[: mark.index("</li>")]
    for said in (
        "A teacher has looked at this.",
        "The machine had said",
        "You did ask.",
        "Let us go on.",
    ):
        assert said in mark
    assert "A teacher has decided on 1 of these marks" in page
    assert "No teacher has looked at it yet." not in page
    after = browser.get(f"{PATH}/reports/{mine}.json").json()
    assert after["totals"]["earned"] == before["totals"]["earned"] + 1
    assert browser.get(f"{PATH}/reports/{mine}.pdf").status_code == 200


def test_the_desk_shows_what_a_model_said_beside_what_the_rules_said(
    site: Site, browser: Browser, mine: str
) -> None:
    report = Report.model_validate(site.store.latest_report(mine))
    said = {"votes": 1, "samples": 3, "model": "judge-model", "prompt": "abc", "rules": "not met"}
    word = Word(verdict="unscored", why="split", **said)
    items = tuple(
        i.model_copy(update={"judged": word, "unsure": True}) if i.id == "fever" else i
        for i in report.items
    )
    changed = report.model_copy(update={"items": items})
    site.store.add_report(mine, changed.model_dump(mode="json"), NOW)
    page = html.unescape(browser.get(f"{PATH}/desk/{mine}").text)
    assert "A language model (judge-model) was asked" in page
    assert "settled nothing: its answers differed" in page


def test_a_mark_is_raised_only_with_the_turn_that_proves_it(
    site: Site, browser: Browser, mine: str
) -> None:
    for turn in ("", "9", "x"):
        status, _, page = post(browser, f"/desk/{mine}", mark=FEVER, verdict="met", turn=turn)
        assert status == 200 and "Name the turn that proves it" in page
    for sent in ({"mark": FEVER, "verdict": "good"}, {"mark": "checklist:x", "verdict": "met"}):
        assert "cannot be decided" in post(browser, f"/desk/{mine}", **sent)[2]
    assert site.store.rulings(mine) == []


def test_all_the_rest_is_accepted_at_once_and_what_was_decided_stays(
    site: Site, browser: Browser, mine: str
) -> None:
    post(browser, f"/desk/{mine}", mark=FEVER, verdict="not applicable")
    assert post(browser, f"/desk/{mine}", mark="*")[:2] == (303, f"{PATH}/desk")
    assert stands(site, mine, FEVER) == ("not applicable", "")
    report = browser.get(f"{PATH}/reports/{mine}.json").json()
    assert all(i["ruled"] for i in report["items"])
    queue = browser.get(f"{PATH}/desk").text
    assert queue.index("Nothing waits in these") < queue.index(mine)


def test_what_is_decided_stands_in_the_course_s_figures_beside_what_the_machine_had_said(
    browser: Browser, mine: str
) -> None:
    post(browser, f"/desk/{mine}", mark=FEVER, verdict="met", turn="2")
    whole = browser.get(f"{PATH}/course/faculty.csv").text.splitlines()[1]
    assert whole.startswith("All marks,1,1,0.0,")
    assert "0 of 1 stood" in browser.get(f"{PATH}/course/sore-knee").text
    found = browser.get(f"{PATH}/course/resident/{browser.resident}.json").json()["evidence"]
    (fever,) = (p for p in found[0]["supporting"] if p["mark"] == FEVER)
    assert (fever["source"], fever["quotes"]) == ("teacher", [{"words": PROOF, "turn": 2}])
    assert (
        f"{PATH}/review/{mine}#turn-2"
        in browser.get(f"{PATH}/course/resident/{browser.resident}").text
    )


def test_alone_one_judges_the_own_talk_as_a_whole_never_blind_and_no_mark_moves(
    site: Site, browser: Browser, mine: str
) -> None:
    before = browser.get(f"{PATH}/reports/{mine}.json").json()
    assert mine in browser.get(f"{PATH}/desk/whole").text
    page = browser.get(f"{PATH}/desk/{mine}/whole").text
    assert PROOF in page and "You have seen marks of this talk before" in page
    status, where, _ = post(browser, f"/desk/{mine}/whole", level="2")
    assert (status, where) == (303, f"{PATH}/desk/{mine}#h-whole")
    assert [(r.level, r.blind) for r in site.store.ratings([mine])[mine]] == [(2, False)]
    assert "Borderline" in browser.get(f"{PATH}/desk/{mine}").text
    assert mine not in browser.get(f"{PATH}/desk/whole").text
    assert browser.get(f"{PATH}/reports/{mine}.json").json() == before
    page = browser.get(f"{PATH}/course/sore-knee").text
    assert "No line yet: 1 of at least 15" in page


def test_nobody_judges_another_browser_s_talk(site: Site, mine: str) -> None:
    other = site.browser()
    assert other.get(f"{PATH}/desk/{mine}/whole").status_code == 404
    assert post(other, f"/desk/{mine}/whole", level="2")[0] == 404
    assert site.store.ratings([mine]) == {}


def test_what_a_resident_types_is_text_on_the_desk(browser: Browser, mine: str) -> None:
    post(browser, f"/review/{mine}/disputes", mark=FEVER, said="<img src=x onerror=alert(1)>")
    assert "<img" not in browser.get(f"{PATH}/desk/{mine}").text


def test_another_browsers_talk_is_nobodys_to_mark(site: Site, mine: str) -> None:
    other = site.browser()
    assert mine not in other.get(f"{PATH}/desk").text
    assert other.get(f"{PATH}/desk/{mine}").status_code == 404
    assert post(other, f"/desk/{mine}", mark=FEVER, verdict="met", turn="1")[0] == 404
    assert site.store.rulings(mine) == []


def test_a_dispute_after_a_ruling_waits_again(site: Site, browser: Browser, mine: str) -> None:
    encounter = site.store.read(mine)
    read = Report.model_validate(browser.get(f"{PATH}/reports/{mine}.json").json())
    ruling = Ruling(FEVER, "not met", "", None, "t", NOW)
    early, late = (Dispute(FEVER, "I did", None, NOW + timedelta(hours=h)) for h in (-1, 1))
    assert "disputed" not in waiting(encounter, read, [early], [ruling]).why
    assert waiting(encounter, read, [early, late], [ruling]).marks[FEVER] == "disputed"


def test_every_radio_and_field_on_the_desk_has_a_name(browser: Browser, mine: str) -> None:
    page = browser.get(f"{PATH}/desk/{mine}").text
    forms = re.findall(r'<form method="post".*?</form>', page, re.S)
    assert len(forms) > 5
    assert all("<label" in form or 'value="*"' in form for form in forms)


def test_a_reply_held_against_the_patient_excuses_an_item_and_reaches_the_author(
    site: Site, browser: Browser, mine: str
) -> None:
    told = {"turn": "2", "fault": "misunderstood", "comment": "It heard <b>go</b> on."}
    status, where, _ = post(browser, f"/desk/{mine}/fault", excuse="fever", **told)
    assert (status, where) == (303, f"{PATH}/desk/{mine}#turn-2")
    assert stands(site, mine, FEVER) == (
        "not applicable",
        "The patient misunderstood you in turn 2; this does not count against you.",
    )
    assert "Held against the patient: misunderstood" in browser.get(f"{PATH}/desk/{mine}").text
    review = browser.get(f"{PATH}/review/{mine}").text
    assert "The patient misunderstood you in turn 2" in review
    misses = browser.get("/studio/sore-knee/misses").text
    assert "What the patient got wrong, as teachers see it (1)" in misses and PROOF in misses
    assert "It heard &lt;b&gt;go&lt;/b&gt; on." in misses
    post(browser, f"/desk/{mine}/fault", turn="2", fault="none")
    assert "What the patient got wrong" not in browser.get("/studio/sore-knee/misses").text
    assert stands(site, mine, FEVER)[0] == "not applicable", "the mark is decided by itself"


def test_what_is_no_fault_or_hits_no_reply_is_not_kept(
    site: Site, browser: Browser, mine: str
) -> None:
    for wrong in ({"turn": "9"}, {"fault": "ugly"}, {"excuse": "nothing"}):
        told = {"turn": "2", "fault": "contradicted", **wrong}
        assert "Nothing was kept" in post(browser, f"/desk/{mine}/fault", **told)[2]
    assert site.store.rulings(mine) == []


def test_alone_there_is_nobody_to_mark_a_talk_twice(browser: Browser, mine: str) -> None:
    assert "marked by two" not in browser.get(f"{PATH}/desk/{mine}").text
    assert post(browser, f"/desk/{mine}/double", deed="asked")[0] == 404
