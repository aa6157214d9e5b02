"""What is kept of institutions, platforms and the outbox, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.accounts.ledger import Deed
from simulator.accounts.people import Person
from simulator.assignments.records import Cohort
from simulator.encounter.phases import Phase
from simulator.platforms.events import Event
from simulator.platforms.grades import Line
from simulator.platforms.names import Course
from simulator.platforms.outbox import Parcel
from simulator.platforms.rosters import Roster
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.identities import IdentityStore
from simulator.store.outbox import OutboxStore
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.rosters import RosterStore
from tests.accounts.conftest import Office
from tests.encounter.conftest import Clock
from tests.store.records import ENCOUNTER, NOON

DEED = Deed("x", "was linked")
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def box(place: Place) -> Iterator[OutboxStore]:
    box = OutboxStore(connect(place))
    yield box
    box.engine.dispose()


def test_a_person_is_one_subject_of_an_issuer_and_what_was_asked_is_given_back_once(
    box: OutboxStore,
) -> None:
    office, identities = Office(PeopleStore(box.engine), now=Clock()), IdentityStore(box.engine)
    ana, token = office.invite(None, "ana@x.edu", "Ana", "resident", "im")
    assert identities.link(ana.id, "https://a.edu", "u1", DEED, NOON)
    assert identities.link(ana.id, "https://a.edu", "u1", DEED, NOON)
    assert not identities.link(ana.id, "https://a.edu", "u2", DEED, NOON)
    assert identities.link(ana.id, "https://b.edu", "u2", DEED, NOON)
    found = identities.person_of("https://a.edu", "u1")
    assert found is not None and (found.id, found.joined) == (ana.id, True)
    assert identities.person_of("https://a.edu", "u2") is None
    identities.put_asked("k1", "lti", "b", {"nonce": "n"}, NOON, NOON)
    assert identities.take_asked("k1", "institution", NOON) is None
    assert identities.take_asked("k1", "lti", LATER) is None
    assert identities.take_asked("k1", "lti", NOON) == ("b", {"nonce": "n"})
    assert identities.take_asked("k1", "lti", NOON) is None


def test_a_parcel_is_kept_once_claimed_by_one_and_tried_again(box: OutboxStore) -> None:
    parcel = Parcel("scored:e1", "xapi", {"id": "1"})
    assert (box.put([parcel], NOON), box.put([parcel], LATER)) == (1, 0)
    assert box.claim(5, LATER, NOON, early=False) == [parcel]
    assert box.claim(5, LATER, NOON, early=False) == []
    box.failed(parcel.id, "status 500", LATER)
    waiting = box.waiting()
    assert (waiting.count, waiting.oldest, waiting.fault) == (1, NOON, "status 500")
    assert box.claim(5, LATER, NOON, early=True) == [replace(parcel, tries=1)]
    box.sent(parcel.id, LATER)
    assert (box.waiting().count, box.waiting().sent) == (0, 1)
    assert box.since("xapi", NOON) == NOON == box.since("xapi", LATER)
    assert box.waiting().sent == 1


def test_encounters_are_found_of_which_something_was_not_told_yet(box: OutboxStore) -> None:
    office, store = Office(PeopleStore(box.engine), now=Clock()), Repository(box.engine)
    ana = office.invite(None, "ana@x.edu", "Ana", "resident", "im")[0]
    over = replace(
        ENCOUNTER, id="e2", resident=ana.id, phase=Phase.FEEDBACK, started_at=NOON,
        created_at=NOON, turns=(), assignment="a1",
    )  # fmt: skip
    store.add(over)
    store.add(replace(over, id="e3", branch_of="e2"))
    store.add(replace(over, id="e4", created_at=NOON - timedelta(days=1)))
    store.add(replace(over, id="e5", resident="a browser"))
    found = box.lacking(Event.COMPLETED, NOON, 9)
    assert [(h.id, h.person, h.pseudonym) for h in found] == [("e2", ana.id, ana.pseudonym)]
    assert found[0].title == over.script.title and found[0].version == over.script.version
    assert box.assignments_lacking(Event.SCORED, NOON) == ["a1"]
    assert [h.id for h in box.lacking_of(Event.SCORED, NOON, ["a1"], 9, [ana.id])] == ["e2"]
    assert box.lacking_of(Event.SCORED, NOON, ["a1"], 9, ["nobody"]) == []
    assert box.lacking_of(Event.SCORED, NOON, [""], 9) == []
    box.put([Parcel("scored:e2", "xapi", {})], NOON)
    assert box.lacking_of(Event.SCORED, NOON, ["a1"], 9) == []
    assert box.lacking(Event.COMPLETED, NOON, 9) == found
    line = Line("a1", ana.id, "https://a.edu", "c", "u1", "https://a.edu/line/1")
    for newest in (replace(line, line="https://a.edu/line/0"), line):
        box.put_launch(newest, NOON)
    assert box.lines(["https://a.edu"]) == {("a1", ana.id): line}
    assert box.lines(["https://b.edu"]) == {}
    assert not AssignmentStore(box.engine).join("no cohort", ana.id)


def test_a_list_adds_members_and_marks_whom_it_names_no_more_with_the_first_such_day(
    box: OutboxStore,
) -> None:
    ledger = AssignmentStore(box.engine)
    ledger.put_cohort(Cohort("c1", "im", "lead", "All", {"ana": 25, "hand": 0}))
    ledger.enrol("c1", ["ana", "ben"], "2026-03-01")
    ledger.enrol("c1", ["ana"], "2026-03-02")
    ledger.enrol("c1", ["ana", "cem"], "2026-03-03")
    found = ledger.cohort("c1")
    assert found is not None
    assert found.members == {"ana": 25, "hand": 0, "ben": 0, "cem": 0}
    assert found.listed == {"ana": "", "ben": "2026-03-02", "cem": ""}
    assert found.left == {"ben": "2026-03-02"}


def test_a_course_is_kept_as_it_was_launched_from_last_with_the_cohort_that_it_fills(
    box: OutboxStore,
) -> None:
    rows = RosterStore(box.engine)
    roster = Roster("r1", "https://a.edu", "c", "im", Course("x", "Knees", "https://a.edu/1"))
    rows.put_roster(roster, NOON)
    rows.fills("r1", "c1", LATER)
    newer = replace(roster, course=Course("x", "Hips", "https://a.edu/2"))
    rows.put_roster(newer, LATER)
    assert rows.rosters("im") == [replace(newer, cohort="c1", read_at=LATER)]
    assert rows.rosters("surgery") == []


def test_what_was_asked_may_be_looked_at_before_it_is_answered(box: OutboxStore) -> None:
    identities = IdentityStore(box.engine)
    identities.put_asked("k1", "lti", "b", {"nonce": "n"}, NOON, NOON)
    assert identities.see_asked("k1", "institution", NOON) is None
    assert identities.see_asked("k1", "lti", LATER) is None
    for _ in range(2):
        assert identities.see_asked("k1", "lti", NOON) == ("b", {"nonce": "n"})
    assert identities.take_asked("k1", "lti", NOON) == ("b", {"nonce": "n"})
    assert identities.see_asked("k1", "lti", NOON) is None


def test_a_message_comes_once_until_it_is_forgotten(box: OutboxStore) -> None:
    identities = IdentityStore(box.engine)
    assert identities.first("k1", "ended", NOON, NOON)
    assert not identities.first("k1", "ended", NOON, LATER)
    assert identities.first("k1", "ended", LATER, LATER)


def test_sessions_end_by_whose_they_are_and_of_which_session_elsewhere(box: OutboxStore) -> None:
    office = Office(PeopleStore(box.engine), now=Clock())
    ana, ben = (office.invite(None, f"{n}@x.edu", n, "resident", "im")[0] for n in ("Ana", "Ben"))

    def began(person: Person, via: str, sid: str = "") -> str:
        return office.begin(person, via, sid)

    hers = [began(ana, "institution", "s1"), began(ana, "institution"), began(ana, "")]
    his = began(ben, "institution", "s2")
    end = office.people.end_vouched
    assert end("institution", "", "s3", NOON) == 0
    assert end("institution", "", "s2", NOON) == 1
    assert end("institution", ana.id, "s2", NOON) == 1  # the one of which nothing is known
    assert [office.session(s) is not None for s in (*hers, his)] == [True, False, True, False]
    assert end("institution", ana.id, "", NOON) == 1
    assert office.session(hers[2]) is not None
    deeds = [line.deed for line in office.people.log(newest=3)]
    assert {(d.what, d.row) for d in deeds} == {
        ("was signed out", ana.id), ("was signed out", ben.id)
    }  # fmt: skip
