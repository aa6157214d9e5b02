"""What a course reads of the encounters, and what its judges expect of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from simulator.encounter.course import Judgement, Scored
from simulator.encounter.phases import Phase
from simulator.encounter.records import Flagged, Rating, Ruling
from simulator.evaluator.blame import FAULTS, PATIENT
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
        decided = select(RulingRow).where(RulingRow.encounter.in_(over)).order_by(RulingRow.id)
        rulings: dict[str, list[Ruling]] = {}
        with self._session(reads_only=True) as session:
            for r in session.scalars(decided):
                ruling = Ruling(r.mark, r.verdict, r.comment, r.turn, r.by, r.at)
                rulings.setdefault(r.encounter, []).append(ruling)
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
            select(RulingRow, TurnRow.said, TurnRow.reply)
            .join(EncounterRow, EncounterRow.id == RulingRow.encounter)
            .join(TurnRow, TurnRow.encounter == RulingRow.encounter)
            .where(
                EncounterRow.script_id == script_id,
                RulingRow.mark.startswith(PATIENT),
                TurnRow.seq == RulingRow.turn,
            )
            .order_by(RulingRow.id)
        )
        if programme is not None:
            query = query.where(EncounterRow.programme == programme)
        newest: dict[tuple[str, str], Flagged] = {}
        with self._session(reads_only=True) as session:
            for row, said, reply in session.execute(query):
                place = (row.encounter, row.mark)
                newest.pop(place, None)
                if row.verdict in FAULTS:
                    newest[place] = Flagged(said, reply, row.verdict, row.comment, row.at)
        return list(reversed(newest.values()))

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
