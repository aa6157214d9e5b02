"""What the API does for whoever asks, over the same services as the pages."""

from __future__ import annotations

from collections.abc import Callable

from simulator.accounts.people import Person, Role
from simulator.encounter.listing import Asked, Listed
from simulator.encounter.phases import TITLES, Phase
from simulator.encounter.records import Encounter, Note, Ordered, SelfAssessment
from simulator.errors import NotAllowed
from simulator.evaluator.report import Report
from simulator.scripts.schema import PatientScript
from simulator.web import views
from simulator.web.access import sees
from simulator.web.api import shown
from simulator.web.api.shapes import (
    AllGiven,
    Begin,
    Case,
    Line,
    Lines,
    Scored,
    ScoreLine,
    ScoreLines,
    Whose,
)
from simulator.web.api.words import Problem, words
from simulator.web.course.seen import People
from simulator.web.room import Room

Step = Callable[[], Encounter]


class Service:
    """The steps of the API; a row that somebody may not see is not there for them."""

    def __init__(self, room: Room, people: People) -> None:
        self.room, self.people = room, people
        self.encounters, self.feedback = room.encounters, room.feedback
        self.store, self.assignments = room.encounters.store, room.assignments

    def offered(self) -> list[PatientScript]:
        """The patients who can be met."""
        testing = self.encounters.services.settings.show_unreleased
        return self.encounters.services.library.offered(testing)

    def case(self, case_id: str) -> Case:
        """One of them.

        Raises:
            Problem: there is none such.
        """
        for script in self.offered():
            if script.id == case_id:
                return shown.case(script)
        raise Problem(404, words()["no_case"])

    def given(self, asks: Person) -> AllGiven:
        """What was set to whoever asks."""
        return AllGiven(items=tuple(map(shown.given, self.assignments.given_to(asks))))

    def begin(self, asks: Person, wanted: Begin) -> Encounter:
        """An encounter at the door of a patient, chosen or set.

        Raises:
            Problem: there is no such patient.
            NotAllowed: it was not set to them, stands not open, or is an examination's.
        """
        if wanted.assignment is not None:
            return self.assignments.open(asks.id, asks.programme, wanted.assignment, wanted.case)
        self.case(wanted.case)
        new = self.assignments.practise(asks.id, asks.programme, wanted.case)
        self.encounters.choose_mode(new.id, asks.id, wanted.mode)
        return self.own(asks, new.id)

    def own(self, asks: Person, encounter_id: str, at: Phase | None = None) -> Encounter:
        """An encounter of whoever asks, which stands at a phase, where one is needed.

        Raises:
            Problem: there is none of theirs, or it stands elsewhere.
        """
        try:
            found = self.encounters.get(encounter_id, asks.id)
        except NotAllowed:
            raise Problem(404, words()["no_encounter"]) from None
        if at is not None and found.phase != at:
            now, needed = TITLES[found.phase], TITLES[at]
            raise Problem(409, views.fill(words()["phase"], now=now, needed=needed))
        return found

    def seen(self, asks: Person, encounter_id: str) -> Encounter:
        """An encounter that whoever asks may read: the own, or one that is over of others.

        Raises:
            Problem: there is none such, or it is not over.
        """
        try:
            found = self.store.read(encounter_id)
        except NotAllowed:
            raise Problem(404, words()["no_encounter"]) from None
        if found.resident == asks.id:
            return self.own(asks, encounter_id)
        if not sees(asks, found.resident, found.programme):
            raise Problem(404, words()["no_encounter"])
        if found.phase != Phase.FEEDBACK:
            raise Problem(409, self._not_over("not_over_other"))
        return found

    def _not_over(self, remedy: str) -> str:
        return views.fill(words()["not_over"], remedy=words()[remedy])

    def enter(self, asks: Person, encounter_id: str) -> Encounter:
        """Go through the door; gone through before, nothing happens."""
        if self.own(asks, encounter_id).phase != Phase.INTERVIEW:
            self.own(asks, encounter_id, Phase.BRIEFING)
        return self.assignments.enter(encounter_id, asks.id)

    def may_say(self, asks: Person, encounter_id: str, said: str, key: str) -> None:
        """Look whether words can be put to the patient, before an answer to them begins.

        Raises:
            Problem: the encounter is not theirs or stands elsewhere, or the key is used.
            MessageRejected: the words are none, or too many.
        """
        self.own(asks, encounter_id)
        text = self.encounters.check_message(said)
        known = self.store.find_turn(encounter_id, key)
        if known is None:
            self.own(asks, encounter_id, Phase.INTERVIEW)
        elif known.said != text:
            raise Problem(422, words()["key_used"])

    def order(self, asks: Person, encounter_id: str, wanted: str) -> Ordered:
        """Examine, or order a test, by name."""
        self.own(asks, encounter_id, Phase.INTERVIEW)
        return self.encounters.order(encounter_id, asks.id, wanted)

    def hint(self, asks: Person, encounter_id: str) -> tuple[str, int]:
        """A hint, and how many were given."""
        self.own(asks, encounter_id, Phase.INTERVIEW)
        hint = self.encounters.hint(encounter_id, asks.id)
        return hint, len(self.own(asks, encounter_id).hints)

    def end(self, asks: Person, encounter_id: str) -> Encounter:
        """Leave the room; left before, nothing happens."""
        return self._on(
            asks,
            encounter_id,
            Phase.INTERVIEW,
            lambda: self.encounters.end_interview(encounter_id, asks.id),
        )

    def hand_in(self, asks: Person, encounter_id: str, note: Note) -> Encounter:
        """Hand in the note; of one that was handed in before the first stays."""
        return self._on(
            asks,
            encounter_id,
            Phase.NOTE,
            lambda: self.encounters.submit_note(encounter_id, asks.id, note),
        )

    def finish(self, asks: Person, encounter_id: str, own: SelfAssessment) -> Encounter:
        """Hand in the self-assessment; the encounter is over, and scored."""
        over = self._on(
            asks,
            encounter_id,
            Phase.SELF_ASSESSMENT,
            lambda: self.encounters.submit_self_assessment(encounter_id, asks.id, own),
        )
        self.feedback.of(over)
        return over

    def _on(self, asks: Person, encounter_id: str, phase: Phase, step: Step) -> Encounter:
        """Take a step, unless it was taken already: then the encounter as it stands."""
        found = self.own(asks, encounter_id)
        if found.phase == phase.next:
            return found
        self.own(asks, encounter_id, phase)
        return step()

    def report(self, asks: Person, encounter_id: str) -> tuple[Encounter, Report]:
        """The report that is kept on an encounter, as far as it is given out.

        Raises:
            Problem: there is no such encounter for them, it is not over, or it is held back.
        """
        found = self.seen(asks, encounter_id)
        if found.phase != Phase.FEEDBACK:
            raise Problem(409, self._not_over("not_over_own"))
        if found.resident == asks.id and self.assignments.holds_back(found):
            raise Problem(403, words()["held"])
        return found, self.feedback.of(found)

    def scored(self, asks: Person, encounter_id: str) -> Scored:
        """The scores that are kept on an encounter."""
        found, report = self.report(asks, encounter_id)
        return shown.scored(found.id, report, self.whose(asks, found.resident))

    def whose(self, asks: Person, resident: str) -> Whose:
        """How whoever asks is told of a resident."""
        if asks.role == Role.ALONE:
            return Whose(id=resident, name="")
        other = self.people(resident)
        return Whose(id=resident, name=asks.calls(other) if other else "")

    def lines(self, asks: Person, asked: Asked) -> Lines:
        """A page of encounters."""
        found, after = self._page(asked)
        return Lines(items=tuple(self._line(asks, row) for row in found), next=after)

    def score_lines(self, asks: Person, asked: Asked) -> ScoreLines:
        """A page of encounters that are over, with the scores that are kept on them."""
        found, after = self._page(asked)
        items = [
            ScoreLine(encounter=self._line(asks, row), scores=self._kept(asks, row))
            for row in found
        ]
        return ScoreLines(items=tuple(items), next=after)

    def _kept(self, asks: Person, row: Listed) -> Scored | None:
        report = self.feedback.kept(row)
        mine = row.resident == asks.id and row.assignment
        if report is None or (mine and self.assignments.holds_back(self.store.read(row.id))):
            return None
        return shown.scored(row.id, report, self.whose(asks, row.resident))

    def _line(self, asks: Person, row: Listed) -> Line:
        return shown.line(row, self.whose(asks, row.resident))

    def _page(self, asked: Asked) -> tuple[list[Listed], str | None]:
        try:
            found = self.store.listed(asked)
        except NotAllowed:
            raise Problem(422, words()["no_place"]) from None
        full = len(found) == asked.most
        return found, found[-1].id if full else None
