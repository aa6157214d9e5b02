"""All that can be done with assignments: set them to cohorts, sit them, give the feedback out."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.accounts.people import Permission, Person, Role
from simulator.assignments.records import Assignment, Cohort, Wanted
from simulator.assignments.rules import Minutes, Station, ends_at, holds_back, rounds, stations
from simulator.assignments.store import Ledger
from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Mode
from simulator.errors import NotAllowed
from simulator.scripts.schema import PatientScript

MOST_STATIONS, MOST_ATTEMPTS, LONGEST_TITLE, MOST_ADDED = 12, 10, 120, 200
NOT_YOURS = "There is no such assignment of yours."
EXAMINED = "You are set this patient as an examination. Enter from there; practise it later."
NO_COHORT = "There is no such cohort in your programme."
BY_THE_BELL = (
    "A circuit by the bell was set to that cohort and is not over; its timetable hangs on who is "
    "in it. Choose another cohort, or read the members when it is over."
)
JUST_ME = "Just me"


@dataclass(frozen=True, slots=True)
class Given:
    """An assignment as one resident finds it."""

    assignment: Assignment
    stations: tuple[Station, ...]
    ends_at: datetime
    held_back: bool

    @property
    def over(self) -> bool:
        """Whether there is nothing left to begin or to go on with."""
        return all(s.state in ("done", "closed") for s in self.stations)


class Assignments:
    """The assignments of one installation."""

    def __init__(self, ledger: Ledger, encounters: Encounters) -> None:
        self.ledger, self.encounters = ledger, encounters
        self._entering = threading.Lock()  # held from the look at a station until it is entered
        self.library = encounters.services.library

    def cohorts(self, by: Person) -> list[Cohort]:
        """The cohorts that somebody sees to."""
        return self.ledger.cohorts(*_whose(by))

    def put_cohort(
        self, by: Person, name: str, members: Mapping[str, int], known: Sequence[Person], old: str
    ) -> Cohort:
        """A new cohort, or an old one changed.

        Args:
            by: who makes it. name: of it. members: by id, the percent of time added for each.
            known: the people of the programme. old: the id of the one that is changed, or "".

        Raises:
            NotAllowed: it has no name or no members, or somebody is not of the programme.
        """
        title = " ".join(name.split())[:LONGEST_TITLE]
        if not title:
            raise NotAllowed("Give the cohort a name.")
        if not members:
            raise NotAllowed("Choose at least one resident.")
        there = {p.id for p in known if p.active and p.programme == by.programme}
        if strangers := members.keys() - there:
            raise NotAllowed(f"{len(strangers)} of those chosen are not of your programme.")
        if any(not 0 <= added <= MOST_ADDED for added in members.values()):
            raise NotAllowed(f"Added time is a number of percent from 0 to {MOST_ADDED}.")
        listed = self._cohort(by, old).listed if old else {}
        listed = {p: day for p, day in listed.items() if p in members}
        new = Cohort(old or uuid.uuid4().hex, by.programme, by.id, title, dict(members), listed)
        self.ledger.put_cohort(new)
        return new

    def check_cohort(self, by: Person, cohort_id: str) -> None:
        """Whether a cohort is somebody's to fill; "" is for a new one.

        Raises:
            NotAllowed: it is none of theirs, or a bell circuit of it is not over, whose timetable
                hangs on who is in it.
        """
        if not cohort_id:
            return
        cohort, now = self._cohort(by, cohort_id), self.encounters.now()
        theirs = (a for a in self.of(by) if a.cohort == cohort.id and a.withdrawn_at is None)
        bells = [a for a in theirs if a.order == "bell"]
        if any(now < ends_at(bell, cohort, self._lengths(bell)) for bell in bells):
            raise NotAllowed(BY_THE_BELL)

    def enrol(self, by: Person, cohort_id: str, name: str, people: Sequence[str]) -> Cohort:
        """A cohort, or a new one of that name, with those whom a list names as its members.

        Members whom an earlier list named and this one does not stay, marked with the day.

        Raises:
            NotAllowed: the cohort is none of theirs.
        """
        new = Cohort(uuid.uuid4().hex, by.programme, by.id, name[:LONGEST_TITLE])
        cohort = self._cohort(by, cohort_id) if cohort_id else new
        if not cohort_id:
            self.ledger.put_cohort(new)
        self.ledger.enrol(cohort.id, people, self.encounters.now().date().isoformat())
        return cohort

    def of(self, by: Person) -> list[Assignment]:
        """The assignments that somebody sees to, the newest first."""
        return self.ledger.assignments(*_whose(by))

    def one(self, by: Person, assignment_id: str) -> tuple[Assignment, Cohort]:
        """An assignment that somebody sees to, and whom it was set to.

        Raises:
            NotAllowed: there is none such in their programme.
        """
        found = self.ledger.assignment(assignment_id)
        sees = by.may(Permission.ASSIGN) or by.may(Permission.READ_ENCOUNTERS)
        if found is None or not sees or not by.reaches(found.programme):
            raise NotAllowed(NOT_YOURS)
        cohort = self.ledger.cohort(found.cohort)
        if cohort is None or (by.role == Role.ALONE and found.by != by.id):
            raise NotAllowed(NOT_YOURS)
        return found, cohort

    def add(self, by: Person, wanted: Wanted) -> Assignment:
        """Set an assignment.

        Raises:
            NotAllowed: something in it does not hold; the sentence says what.
        """
        title = " ".join(wanted.title.split())[:LONGEST_TITLE]
        if not title:
            raise NotAllowed("Give the assignment a title; residents see it.")
        if not 1 <= len(wanted.stations) <= MOST_STATIONS:
            raise NotAllowed(f"Choose between one patient and {MOST_STATIONS}.")
        offered = {s.id for s in self.library.released()}
        if unknown := [s for s in wanted.stations if s not in offered]:
            raise NotAllowed(f"{unknown[0]!r} is not a released patient.")
        if wanted.order != "bell" and wanted.closes_at <= wanted.opens_at:
            raise NotAllowed("It closes before it opens. Choose a later end.")
        if not 0 <= wanted.attempts <= MOST_ATTEMPTS:
            raise NotAllowed(f"Attempts are a number from 0 (any number) to {MOST_ATTEMPTS}.")
        cohort = self._to_whom(by, wanted.cohort)
        attempts = 1 if wanted.order == "bell" else wanted.attempts
        made = Assignment(
            uuid.uuid4().hex, by.programme, by.id, title, cohort.id, wanted.stations, wanted.mode,
            wanted.order, wanted.opens_at, max(wanted.closes_at, wanted.opens_at), attempts,
            wanted.release, self.encounters.now(),
        )  # fmt: skip
        self.ledger.add_assignment(made)
        return made

    def _to_whom(self, by: Person, cohort: str) -> Cohort:
        if by.role != Role.ALONE:
            return self._cohort(by, cohort)
        mine = Cohort(f"me-{by.id[:29]}", "", by.id, JUST_ME, {by.id: 0})
        self.ledger.put_cohort(mine)
        return mine

    def _cohort(self, by: Person, cohort: str) -> Cohort:
        found = next((c for c in self.cohorts(by) if c.id == cohort), None)
        if found is None:
            raise NotAllowed(NO_COHORT)
        return found

    def release(self, by: Person, assignment_id: str) -> None:
        """Give the feedback out now."""
        found, _ = self.one(by, assignment_id)
        self.ledger.release(found.id, self.encounters.now())

    def withdraw(self, by: Person, assignment_id: str) -> None:
        """Call it off: nothing more can be begun; what was held stays."""
        found, _ = self.one(by, assignment_id)
        self.ledger.withdraw(found.id, self.encounters.now())

    def given_to(self, person: Person) -> list[Given]:
        """What somebody was set, what is still to do first."""
        found = [
            given
            for given in self._set_to(person.id, *_whose(person))
            if given.assignment.withdrawn_at is None or any(s.tries for s in given.stations)
        ]
        return sorted(found, key=lambda g: (g.over, g.ends_at))

    def examined(self, resident: str, programme: str) -> frozenset[str]:
        """The cases that somebody is yet to be examined on, or whose feedback is held back.

        They are not practised meanwhile: whoever had read the review would know the answers.
        """
        found: set[str] = set()
        for given in self._set_to(resident, programme, ""):
            assignment = given.assignment
            if assignment.mode != "exam" or assignment.withdrawn_at is not None:
                continue
            sat = {s.case for s in given.stations if s.state in ("done", "closed")}
            found |= {*assignment.stations} - (set() if given.held_back else sat)
        return frozenset(found)

    def practise(self, resident: str, programme: str, case: str) -> Encounter:
        """The doorway of a case that somebody chose, as `Encounters.open`.

        Raises:
            NotAllowed: they are to be examined on it.
        """
        self._require_practice(resident, programme, case)
        return self.encounters.open(resident, case, "practice", programme)

    def check_practice(self, encounter: Encounter) -> None:
        """Whether whoever held an encounter may practise its case now.

        Raises:
            NotAllowed: they are to be examined on it.
        """
        self._require_practice(encounter.resident, encounter.programme, encounter.script.id)

    def _require_practice(self, resident: str, programme: str, case: str) -> None:
        if case in self.examined(resident, programme):
            raise NotAllowed(EXAMINED)

    def join(self, person: Person, assignment_id: str) -> bool:
        """Set an assignment to one more resident of its programme; false where it was already.

        Raises:
            NotAllowed: it is another programme's, called off, or a bell circuit, whose timetable
                hangs on who is in it.
        """
        found = self.ledger.assignment(assignment_id)
        cohort = self.ledger.cohort(found.cohort) if found else None
        if found is None or cohort is None or found.programme != person.programme:
            raise NotAllowed(NOT_YOURS)
        if person.id in cohort.members:
            return False
        if found.withdrawn_at is not None or found.order == "bell":
            raise NotAllowed(NOT_YOURS)
        return self.ledger.join(cohort.id, person.id)

    def _set_to(self, resident: str, programme: str, maker: str) -> Iterator[Given]:
        cohorts = self.ledger.cohorts(programme, maker)
        theirs = {c.id: c for c in cohorts if resident in c.members}
        if not theirs:  # nothing more is read for those to whom nothing was set
            return
        mine = self.encounters.store.of_resident(resident)
        for assignment in self.ledger.assignments(programme, maker):
            cohort = theirs.get(assignment.cohort)
            if cohort is not None:
                yield self.given(assignment, cohort, resident, mine)

    def given(
        self, assignment: Assignment, cohort: Cohort, resident: str, held: Sequence[Encounter]
    ) -> Given:
        """How an assignment stands for one member of its cohort.

        Args:
            assignment, cohort, resident: what was set to whom. held: the resident's encounters.
        """
        now, lengths = self.encounters.now(), self._lengths(assignment)
        found = stations(assignment, cohort, resident, held, lengths, now)
        ends = ends_at(assignment, cohort, lengths)
        return Given(assignment, found, ends, holds_back(assignment, ends, now))

    def open(self, resident: str, programme: str, assignment_id: str, case: str) -> Encounter:
        """The doorway of a station, or the encounter that goes on there.

        Args:
            resident, programme: who comes. assignment_id, case: to which station of what.

        Raises:
            NotAllowed: it was not set to them, or stands not open; the sentence says why.
        """
        assignment, cohort = self._mine(resident, assignment_id)
        mine = self.encounters.store.of_resident(resident)
        given = self.given(assignment, cohort, resident, mine)
        station = next((s for s in given.stations if s.case == case), None)
        if station is None:
            raise NotAllowed(NOT_YOURS)
        if station.running:
            return self.encounters.get(station.running, resident)
        self._require_open(station)
        added, latest = cohort.members[resident], None
        if assignment.order == "bell":
            turns = rounds(assignment, cohort, resident, self._lengths(assignment))
            latest = next(r.door_shuts for r in turns if r.case == case)
        script = self.library.playable(case, False)
        return self.encounters.at_the_door(
            Encounter(
                str(uuid.uuid4()), resident, script, assignment.mode, Phase.BRIEFING,
                self.encounters.now(), deadline=latest, added_percent=added,
                programme=programme, assignment=assignment.id,
            )
        )  # fmt: skip

    def enter(self, encounter_id: str, resident: str, mode: Mode | None = None) -> Encounter:
        """Go through the door of what was set or chosen; the clock starts.

        Args:
            encounter_id, resident: whose. mode: as it was chosen at the door, if it was.

        Raises:
            NotAllowed: it is somebody else's, or its station may not be begun.
        """
        with self._entering:  # two doors of one station are one attempt
            self.check_entry(self.encounters.get(encounter_id, resident))
            if mode is not None:
                self.encounters.choose_mode(encounter_id, resident, mode)
            return self.encounters.enter(encounter_id, resident)

    def check_entry(self, encounter: Encounter) -> None:
        """Whether the door of a station, or of a case that was chosen, may still be opened.

        Raises:
            NotAllowed: it may not; the sentence says why.
        """
        if encounter.phase != Phase.BRIEFING:
            return
        resident = encounter.resident
        if not encounter.assignment:
            return self.check_practice(encounter)
        assignment, cohort = self._mine(resident, encounter.assignment)
        mine = self.encounters.store.of_resident(resident)
        given = self.given(assignment, cohort, resident, mine)
        self._require_open(next(s for s in given.stations if s.case == encounter.script.id))

    def _require_open(self, station: Station) -> None:
        why = {
            "running": "This station is being held already.",
            "later": "This station is not open yet.",
            "after": "Finish the station before this one first.",
            "done": "There is no attempt left at this station.",
            "closed": "This station is closed.",
        }
        if station.state != "open":
            raise NotAllowed(why[station.state])

    def _mine(self, resident: str, assignment_id: str) -> tuple[Assignment, Cohort]:
        found = self.ledger.assignment(assignment_id)
        cohort = self.ledger.cohort(found.cohort) if found else None
        if found is None or cohort is None or resident not in cohort.members:
            raise NotAllowed(NOT_YOURS)
        return found, cohort

    def of_encounter(self, encounter: Encounter) -> Assignment | None:
        """The assignment that an encounter was held for."""
        return self.ledger.assignment(encounter.assignment) if encounter.assignment else None

    def holds_back(self, encounter: Encounter) -> bool:
        """Whether the resident may not see the feedback on an encounter yet."""
        return not self.is_given_out(encounter.assignment)

    def is_given_out(self, assignment_id: str) -> bool:
        """Whether the feedback on what was held for an assignment, or for none, may be seen."""
        assignment = self.ledger.assignment(assignment_id) if assignment_id else None
        cohort = self.ledger.cohort(assignment.cohort) if assignment else None
        if assignment is None or cohort is None:
            return True
        ends = ends_at(assignment, cohort, self._lengths(assignment))
        return not holds_back(assignment, ends, self.encounters.now())

    def _lengths(self, assignment: Assignment) -> dict[str, Minutes]:
        """How long each station lasts; one whose case is gone by now counts for nothing."""
        scripts = {s: self.library.scripts.get(s) for s in assignment.stations}
        return {s: _length(script) for s, script in scripts.items()}


def _length(script: PatientScript | None) -> Minutes:
    """How long a case lasts; one that is there no more lasts no time."""
    door = script.doorway if script else None
    return Minutes(door.minutes, door.note_minutes) if door else Minutes(0, 0)


def _whose(person: Person) -> tuple[str, str]:
    """The programme whose rows somebody sees to, and, at a computer without accounts, whose."""
    return (person.programme, person.id if person.role == Role.ALONE else "")
