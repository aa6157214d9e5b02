"""What a course reads of the encounters, and what its judges expect of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from simulator.encounter.course import Judgement, Scored
from simulator.encounter.phases import Phase
from simulator.encounter.records import Flagged, Rating, Ruling
from simulator.evaluator.blame import APART, PATIENT, standing
from simulator.evaluator.doubles import DOUBLE
from simulator.store.database import Kept
from simulator.store.tables import AngoffRow, EncounterRow, RatingRow, ReportRow, RulingRow, TurnRow


class CourseRows(Kept):
    """The rows of many encounters, read together."""

    def scored(self, programme: str | None, resident: str, case: str, most: int) -> list[Scored]:
        """Encounters that are over and scored, newest first.

        Args:
            programme: whose residents held them; None for all. resident, case: of one alone, if
                named. most: how many at most.
        """
        over = _over(programme, resident, case)
        newest = select(func.max(ReportRow.id)).group_by(ReportRow.encounter)
        columns = (
            EncounterRow.id,
            EncounterRow.resident,
            EncounterRow.script_id,
            EncounterRow.created_at,
            EncounterRow.branch_of,
            ReportRow.report,
        )
        query = (
            select(*columns)
            .join(ReportRow, ReportRow.encounter == EncounterRow.id)
            .where(ReportRow.id.in_(newest), EncounterRow.id.in_(over))
            .order_by(EncounterRow.created_at.desc())
            .limit(most)
        )
        decided = select(RulingRow).where(RulingRow.encounter.in_(over))
        with self._session(reads_only=True) as session:
            rulings = _rulings(session, decided)
            ratings = _ratings(session, select(RatingRow).where(RatingRow.encounter.in_(over)))
            rows = session.execute(query).all()
        return [
            Scored(
                one, who, script, at, branch, report,
                tuple(rulings.get(one, ())), tuple(ratings.get(one, ())),
            )
            for one, who, script, at, branch, report in rows
        ]  # fmt: skip

    def flagged(self, script_id: str, programme: str | None = None) -> list[Flagged]:
        """What teachers call wrong of one patient's replies, newest first; None: everywhere."""
        query = (
            select(RulingRow)
            .join(EncounterRow, EncounterRow.id == RulingRow.encounter)
            .where(
                EncounterRow.script_id == script_id,
                or_(
                    RulingRow.mark.startswith(PATIENT),
                    RulingRow.mark.startswith(APART),
                    RulingRow.mark == DOUBLE,
                ),
            )
        )
        if programme is not None:
            query = query.where(EncounterRow.programme == programme)
        with self._session(reads_only=True) as session:
            held = _rulings(session, query)
            found = [(one, r) for one, rulings in held.items() for r in standing(rulings)]
            columns = (TurnRow.encounter, TurnRow.seq, TurnRow.said, TurnRow.reply)
            about = select(*columns).where(TurnRow.encounter.in_({one for one, _ in found}))
            turns = {(e, n): (said, reply) for e, n, said, reply in session.execute(about)}
        newest_first = sorted(found, key=lambda pair: pair[1].at, reverse=True)
        return [
            Flagged(*turns[one, r.turn], r.verdict, r.comment, r.at)
            for one, r in newest_first
            if r.turn and (one, r.turn) in turns
        ]

    def add_rating(self, encounter_id: str, rating: Rating) -> None:
        """Store how a teacher judges a whole talk; what was judged before stays."""
        with self._session() as session:
            session.add(RatingRow(encounter=encounter_id, **asdict(rating)))

    def ratings(self, encounter_ids: Sequence[str]) -> dict[str, list[Rating]]:
        """How teachers judged these talks, oldest first; those that nobody judged are left out."""
        query = select(RatingRow).where(RatingRow.encounter.in_(encounter_ids))
        with self._session(reads_only=True) as session:
            return _ratings(session, query)

    def add_judgement(self, programme: str, case: str, judgement: Judgement) -> None:
        """Store what a judge expects of each item; what was judged before stays."""
        with self._session() as session:
            session.add(
                AngoffRow(
                    programme=programme,
                    script_id=case,
                    version=judgement.version,
                    judge=judgement.judge,
                    estimates=dict(judgement.estimates),
                    at=judgement.at,
                )
            )

    def judgements(self, programme: str | None, case: str) -> list[Judgement]:
        """What was judged of a case, oldest first; None for every programme."""
        query = select(AngoffRow).where(AngoffRow.script_id == case).order_by(AngoffRow.id)
        if programme is not None:
            query = query.where(AngoffRow.programme == programme)
        with self._session(reads_only=True) as session:
            rows = session.scalars(query)
            return [Judgement(r.judge, r.version, r.estimates, r.at) for r in rows]


def _ratings(session: Session, query: Select[RatingRow]) -> dict[str, list[Rating]]:
    found: dict[str, list[Rating]] = {}
    for r in session.scalars(query.order_by(RatingRow.id)):
        found.setdefault(r.encounter, []).append(Rating(r.level, r.by, r.at, r.blind))
    return found


def _rulings(session: Session, query: Select[RulingRow]) -> dict[str, list[Ruling]]:
    found: dict[str, list[Ruling]] = {}
    for r in session.scalars(query.order_by(RulingRow.id)):
        ruling = Ruling(r.mark, r.verdict, r.comment, r.turn, r.by, r.at)
        found.setdefault(r.encounter, []).append(ruling)
    return found


def _over(programme: str | None, resident: str, case: str) -> Select[str]:
    """The ids of encounters that are over."""
    query = select(EncounterRow.id).where(EncounterRow.phase == Phase.FEEDBACK.value)
    if programme is not None:
        query = query.where(EncounterRow.programme == programme)
    if resident:
        query = query.where(EncounterRow.resident == resident)
    if case:
        query = query.where(EncounterRow.script_id == case)
    return query
