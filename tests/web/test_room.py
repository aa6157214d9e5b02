"""What the encounter page shows after each step, and that every failure is a sentence."""

from __future__ import annotations

import pytest

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Note, SelfAssessment
from simulator.errors import NotAllowed
from simulator.web.room import Room, as_note, as_self_assessment, lowered
from tests.web.conftest import Browser, Site, room_of


@pytest.fixture
def room(site: Site) -> Room:
    return room_of(site.encounters)


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


def test_a_question_is_answered_once_however_often_it_is_sent(
    site: Site, room: Room, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    for _ in range(3):
        shown = room.ask(browser.resident, mine, "When did it begin?", "t1")
    assert shown.sent
    assert len(site.see(mine, browser).turns) == 1


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("", "Write a question first"),
        ("\x00\x07 \u200b", "nothing was sent"),
        ("a" * 100_000, "100,000"),
    ],
    ids=["empty", "control characters", "100,000 characters"],
)
def test_words_that_cannot_be_put_to_the_patient_are_refused_with_a_sentence(
    site: Site, room: Room, browser: Browser, said: str, word: str
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    shown = room.ask(browser.resident, mine, said, "t1")
    assert (shown.sent, shown.kind) == (False, "error")
    assert word in shown.notice


def test_after_the_deadline_the_page_goes_on_to_the_note_and_says_so(
    site: Site, room: Room, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    site.clock.forward(minutes=11)
    shown = room.ask(browser.resident, mine, "One more thing?", "t1")
    assert shown.encounter is not None
    assert (shown.sent, shown.encounter.phase) == (False, Phase.NOTE)
    assert "interview is over" in shown.notice
    assert "Time is up" in room.arrive(browser.resident, mine, "").notice
    site.clock.forward(minutes=7)
    assert "handed in as it stood" in room.arrive(browser.resident, mine, "").notice


def test_a_note_handed_in_at_the_last_second_says_so(
    site: Site, room: Room, browser: Browser
) -> None:
    mine = site.at(Phase.NOTE, browser)
    site.clock.forward(minutes=5, seconds=1)
    shown = room.submit_note(browser.resident, mine, Note(history="Knee"))
    assert "handed in as it stood" in shown.notice
    assert site.see(mine, browser).note.history == "Knee"


def test_leaving_before_the_deadline_says_nothing_about_time(
    site: Site, room: Room, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    site.clock.forward(minutes=1)
    assert room.leave(browser.resident, mine).notice == ""
    assert room.arrive(browser.resident, mine, "").notice == ""


def test_an_examination_that_is_not_on_record_is_named(
    site: Site, room: Room, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    assert "“brain biopsy”" in room.order(browser.resident, mine, "brain biopsy").notice
    assert "Name an examination" in room.order(browser.resident, mine, "  ").notice
    assert room.order(browser.resident, mine, "feel the knee").finding_done
    both = room.order(browser.resident, mine, "CRP and a brain biopsy")
    assert both.finding_done
    assert "“brain biopsy”; the rest is done" in both.notice


def test_hints_are_counted_and_end(site: Site, room: Room, browser: Browser) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    assert room.hint(browser.resident, mine).notice.startswith("Hint 1: a good interview here asks")
    assert room.hint(browser.resident, mine).notice.startswith("Hint 2")
    assert "touched on everything" in room.hint(browser.resident, mine).notice


def test_exam_conditions_give_no_hints(site: Site, room: Room, browser: Browser) -> None:
    mine = site.at(Phase.BRIEFING, browser)
    room.enter(browser.resident, mine, "exam")
    assert "no hints" in room.hint(browser.resident, mine).notice


def test_an_unexpected_failure_gives_a_reference_and_no_inside(
    site: Site, room: Room, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret inside")

    mine = site.at(Phase.INTERVIEW, browser)
    monkeypatch.setattr(Encounters, "ask", broken)
    shown = room.ask(browser.resident, mine, "Hello", "t1")
    assert "reference" in shown.notice and "secret" not in shown.notice
    assert shown.encounter is not None


def test_a_link_without_an_encounter_or_a_case_leads_to_the_page_that_says_where_to_go(
    room: Room,
) -> None:
    assert room.arrive("anyone", "", "").kind == "nowhere"
    shown = room.arrive("anyone", "", "no-such-case")
    assert (shown.encounter, shown.kind) == (None, "nowhere")


def test_a_note_is_cut_to_its_limits_and_never_refused() -> None:
    note = as_note("h" * 30_000, ["d" * 400, "s" * 4000, "", ""], "w" * 20_000)
    assert isinstance(note, Note)
    assert (len(note.history), len(note.workup)) == (20_000, 10_000)
    assert len(note.diagnoses[0].name) == 300


def test_a_self_assessment_stays_on_the_scale() -> None:
    own = as_self_assessment([9, -4, None], "", "")
    assert (own.history, own.communication, own.reasoning) == (5, 1, 3)


def test_a_checklist_item_ends_a_sentence() -> None:
    assert lowered("Asks about fever.") == "asks about fever"


def test_after_the_own_view_the_review_is_ready(site: Site, room: Room, browser: Browser) -> None:
    mine = site.at(Phase.SELF_ASSESSMENT, browser)
    shown = room.submit_self(browser.resident, mine, SelfAssessment())
    assert shown.encounter is not None and shown.encounter.phase == Phase.FEEDBACK
    assert site.store.latest_report(mine) is not None


def test_what_a_resident_can_mend_reaches_the_page_in_its_own_words(
    site: Site, room: Room, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotAllowed("Hand in the note first.")

    mine = site.at(Phase.INTERVIEW, browser)
    monkeypatch.setattr(Encounters, "end_interview", refuse)
    assert room.leave(browser.resident, mine).notice == "Hand in the note first."
