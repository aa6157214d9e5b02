"""Scores by another edition's checklist: what would change, stated before anything is scored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.evaluator.agreement import PASS_MARK
from simulator.evaluator.report import Report
from simulator.evaluator.totals import Score
from simulator.feedback import Feedback
from simulator.scripts.library import content_hash
from simulator.scripts.schema import PatientScript


class Held(Protocol):
    """Where the encounters with a patient are kept."""

    def of_case(self, script_id: str) -> list[Encounter]:
        """All encounters with one patient, without their turns, newest first."""

    def read(self, encounter_id: str) -> Encounter:
        """An encounter, whole."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One encounter's checklist score as it stands and as it would be; nobody's name."""

    encounter: str
    held_at: datetime
    edition: str  # by which it stands
    before: Score
    after: Score
    items: tuple[str, ...]  # whose verdict would be another, or which are new or gone

    @property
    def changes(self) -> bool:
        """Whether anything of it would be different."""
        return bool(self.items) or self.before != self.after

    @property
    def turns(self) -> str:
        """'fails' where a pass would become none, 'passes' the other way round, else nothing."""
        was, would = passes(self.before), passes(self.after)
        return "" if was == would else ("passes" if would else "fails")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What scoring the encounters of a case by another edition would come to."""

    outcomes: tuple[Outcome, ...]
    standing: int  # how many are scored by what that edition holds already
    not_asked_for: tuple[str, ...]  # items on facts that no earlier interview could bring out

    @property
    def changed(self) -> list[Outcome]:
        """Those that would change."""
        return [o for o in self.outcomes if o.changes]

    def turning(self, how: str) -> int:
        """How many would turn to 'passes' or to 'fails'."""
        return sum(o.turns == how for o in self.outcomes)


def passes(score: Score) -> bool:
    """Whether a checklist score reaches the pass mark; what is unscored does not."""
    return not score.unscored and score.of > 0 and 100 * score.got >= PASS_MARK * score.of


def over(held: Held, case_id: str) -> list[Encounter]:
    """The encounters with a patient that are over, the newest first, without their turns.

    Those of which only the marks are left cannot be scored anew, and are left out.
    """
    return [e for e in held.of_case(case_id) if e.phase == Phase.FEEDBACK and not e.nameless]


def forecast(held: Held, feedback: Feedback, script: PatientScript) -> Forecast:
    """What scoring the encounters of a case by this edition of it would change."""
    key, found, same, known = content_hash(script), list[Outcome](), 0, set[str]()
    for encounter in over(held, script.id):
        whole = held.read(encounter.id)
        now = feedback.of(whole)
        if now.script_hash == key:
            same += 1
            continue
        known |= {f.id for f in whole.script.facts}
        found.append(_outcome(whole, now, feedback.would(whole, script)))
    new = [i for i in script.checklist if i.facts and not (i.topics or i.acts or i.cue)]
    beyond = tuple(i.id for i in new if found and not set(i.facts) & known)
    return Forecast(tuple(found), same, beyond)


def rescore(held: Held, feedback: Feedback, script: PatientScript) -> int:
    """Score all encounters of a case by this edition, beside their former reports; how many."""
    key, count = content_hash(script), 0
    for encounter in over(held, script.id):
        whole = held.read(encounter.id)
        if feedback.of(whole).script_hash != key:
            feedback.again(whole, script)
            count += 1
    return count


def _outcome(encounter: Encounter, now: Report, then: Report) -> Outcome:
    old, new = ({i.id: i.verdict for i in r.items} for r in (now, then))
    return Outcome(
        encounter.id,
        encounter.ended_at or encounter.created_at,
        now.script_version,
        now.scores.checklist,
        then.scores.checklist,
        tuple(i for i in dict.fromkeys((*old, *new)) if old.get(i) != new.get(i)),
    )
