"""Read and write encounters, every write in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CursorResult,
    func,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from simulator.encounter.phases import Phase
from simulator.encounter.records import (
    NAMELESS,
    Dispute,
    Encounter,
    Notice,
    Order,
    Ruling,
    Standing,
    Turn,
)
from simulator.errors import NotAllowed, Overtaken, StoreError
from simulator.llm import Purpose
from simulator.store.course import CourseRows
from simulator.store.database import store_error
from simulator.store.listing import Lists
from simulator.store.opinions import OpinionRows
from simulator.store.rows import (
    encounter_of,
    order_of,
    order_row,
    readable,
    row_of,
    turn_of,
    turn_row,
)
from simulator.store.tables import (
    CallRow,
    DisputeRow,
    EncounterRow,
    NoticeRow,
    OrderRow,
    ReportRow,
    RulingRow,
    TurnRow,
)

BEGUN_WITH = ("id", "resident", "programme", "script", "script_hash", "script_id")
NOT_YOURS = "There is no such encounter of yours. Choose a case to begin."


class Repository(CourseRows, Lists, OpinionRows):
    """The encounters of one installation."""

    def check_readable(self) -> None:
        """Look whether what is stored can be read.

        Raises:
            StoreError: it cannot.
        """
        with self._session(reads_only=True) as session:
            session.execute(select(EncounterRow.id).limit(1))

    def check_writable(self) -> None:
        """Look whether a step could be stored, by storing the version again.

        Raises:
            StoreError: it could not.
        """
        with self._session() as session:
            session.execute(text("UPDATE alembic_version SET version_num = version_num"))

    def add(self, encounter: Encounter) -> None:
        """Store a new encounter, with the turns and orders that it begins with."""
        with self._session() as session:
            session.add(row_of(encounter))
            session.flush()
            session.add_all(turn_row(encounter.id, turn) for turn in encounter.turns)
            session.add_all(order_row(encounter.id, order) for order in encounter.orders)

    def get(self, encounter_id: str, resident: str) -> Encounter:
        """An encounter of this resident, whole.

        Raises:
            NotAllowed: there is none of that id, or it is somebody else's.
        """
        encounter = self.read(encounter_id)
        if encounter.resident != resident:
            raise NotAllowed(NOT_YOURS)
        return encounter

    def read(self, encounter_id: str) -> Encounter:
        """An encounter, whole, whoever's it is; who may see it is asked elsewhere.

        Raises:
            NotAllowed: there is none of that id.
        """
        with self._session(reads_only=True) as session:
            row = session.get(EncounterRow, encounter_id)
            if row is None:
                raise NotAllowed(NOT_YOURS)
            turns = session.scalars(
                select(TurnRow).where(TurnRow.encounter == row.id).order_by(TurnRow.seq)
            )
            orders = session.scalars(
                select(OrderRow).where(OrderRow.encounter == row.id).order_by(OrderRow.id)
            )
            return replace(
                encounter_of(row),
                turns=tuple(turn_of(t) for t in turns),
                orders=tuple(order_of(o) for o in orders),
            )

    def of_resident(self, resident: str) -> list[Encounter]:
        """The resident's encounters without their turns, newest first."""
        with self._session(reads_only=True) as session:
            rows = session.scalars(
                select(EncounterRow)
                .where(EncounterRow.resident == resident)
                .order_by(EncounterRow.created_at.desc())
            )
            return [e for e in (readable(r) for r in rows) if e is not None]

    def of_case(self, script_id: str, programme: str | None = None) -> list[Encounter]:
        """All encounters with one patient, in any edition, without their turns, newest first.

        Args:
            script_id: the case. programme: whose residents held them; None for all.
        """
        query = (
            select(EncounterRow)
            .where(EncounterRow.script_id == script_id)
            .order_by(EncounterRow.created_at.desc())
        )
        if programme is not None:
            query = query.where(EncounterRow.programme == programme)
        with self._session(reads_only=True) as session:
            rows = session.scalars(query)
            return [e for e in (readable(r) for r in rows) if e is not None]

    def update(self, encounter: Encounter, expected: Phase) -> None:
        """Store what changed of an encounter, if it still stands in the expected phase.

        Raises:
            NotAllowed: another tab has moved it on.
        """
        with self._session() as session:
            row = session.get(EncounterRow, encounter.id)
            if row is None or row.phase != expected:
                raise NotAllowed("This encounter was moved on in another tab. Reload the page.")
            fresh = row_of(encounter)
            for column in [c.name for c in EncounterRow.__table__.columns]:
                if column not in BEGUN_WITH:
                    setattr(row, column, getattr(fresh, column))

    def keep(
        self, encounter_id: str, resident: str, phases: Sequence[Phase], typed: dict[str, Any]
    ) -> bool:
        """Keep what is being typed, in one statement, while the encounter stands in these phases.

        Returns:
            Whether it was kept; where not, it is somebody else's or has moved on.
        """
        with self._session(beside=True) as session:
            changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
                update(EncounterRow)
                .where(
                    EncounterRow.id == encounter_id,
                    EncounterRow.resident == resident,
                    EncounterRow.phase.in_([p.value for p in phases]),
                )
                .values(**typed)
            )
            return changed.rowcount == 1

    def standing(self, encounter_id: str, resident: str) -> Standing:
        """How an encounter stands, without its script and its turns.

        Raises:
            NotAllowed: there is none of that id, or it is somebody else's.
        """
        turns = select(func.count()).where(TurnRow.encounter == encounter_id).scalar_subquery()
        columns = EncounterRow.phase, EncounterRow.deadline, EncounterRow.note_deadline, turns
        with self._session(reads_only=True) as session:
            row = session.execute(
                select(*columns).where(
                    EncounterRow.id == encounter_id, EncounterRow.resident == resident
                )
            ).one_or_none()
        if row is None:
            raise NotAllowed(NOT_YOURS)
        return Standing(Phase(row[0]), row[1], row[2], row[3])

    def close(self) -> None:
        """Let go of the database; all that was written stands in a file, and no log beside it."""
        if self._in_file:
            with suppress(SQLAlchemyError), self.engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")  # a checkpoint runs in no transaction
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()

    def add_turn(self, encounter_id: str, turn: Turn) -> Turn:
        """Store a turn; sent twice, it stands once, and the stored one is returned."""
        row = turn_row(encounter_id, turn)
        self._check_there()
        try:
            with Session(self._beside) as session, session.begin():
                session.add(row)
        except IntegrityError:
            found = self.find_turn(encounter_id, turn.client_turn_id)
            if found is None:
                raise Overtaken(
                    "Another tab was faster. Reload the page to see what was said."
                ) from None
            return found
        except (SQLAlchemyError, OSError) as error:
            raise store_error(self.name, error) from None
        return turn

    def find_turn(self, encounter_id: str, client_turn_id: str) -> Turn | None:
        """The turn that the browser sent under this id, if it was answered."""
        with self._session(reads_only=True) as session:
            row = session.scalar(
                select(TurnRow).where(
                    TurnRow.encounter == encounter_id, TurnRow.client_turn_id == client_turn_id
                )
            )
            return turn_of(row) if row is not None else None

    def turns_of_case(self, script_id: str, most: int, programme: str | None = None) -> list[Turn]:
        """What was said to one patient, the newest first, without by whom.

        Args:
            script_id: the case, in any of its editions. most: how many turns at most.
            programme: whose residents said it; None for all.
        """
        query = (
            select(TurnRow)
            .join(EncounterRow, EncounterRow.id == TurnRow.encounter)
            .where(EncounterRow.script_id == script_id)
            .order_by(TurnRow.at.desc())
            .limit(most)
        )
        if programme is not None:
            query = query.where(EncounterRow.programme == programme)
        found: list[Turn] = []
        with self._session(reads_only=True) as session:
            for row in session.scalars(query):
                with suppress(StoreError):  # of another version: nothing can be learnt from it
                    found.append(turn_of(row))
        return found

    def add_calls(
        self, encounter_id: str, resident: str, calls: Sequence[dict[str, Any]], at: datetime
    ) -> None:
        """Store what a turn's calls of a language model cost."""
        with self._session(beside=True) as session:
            for call in calls:
                tokens = call["tokens_in"] + call["tokens_out"]
                session.add(
                    CallRow(
                        encounter=encounter_id,
                        resident=resident,
                        at=at,
                        tokens=tokens,
                        record=call,
                    )
                )

    def tokens_since(
        self, since: datetime, resident: str = "", purpose: Purpose = "patient"
    ) -> int:
        """The tokens that were used for a purpose since then, by one resident or by all."""
        query = select(func.coalesce(func.sum(CallRow.tokens), 0)).where(
            CallRow.at >= since, CallRow.record["purpose"].as_string() == purpose
        )
        if resident:
            query = query.where(CallRow.resident == resident)
        with self._session(reads_only=True) as session:
            return int(session.scalar(query) or 0)

    def add_order(self, encounter_id: str, order: Order) -> None:
        """Store an examination or test; asked for twice, it stands once."""
        with self._session() as session:
            same = session.scalar(
                select(OrderRow).where(
                    OrderRow.encounter == encounter_id,
                    OrderRow.kind == order.kind,
                    OrderRow.name == order.name,
                )
            )
            if same is None:
                session.add(order_row(encounter_id, order))

    def add_report(self, encounter_id: str, report: dict[str, Any], at: datetime) -> None:
        """Store a report beside the earlier ones."""
        with self._session() as session:
            session.add(ReportRow(encounter=encounter_id, report=report, at=at))

    def latest_report(self, encounter_id: str) -> dict[str, Any] | None:
        """The newest report of an encounter, if it has been scored."""
        with self._session(reads_only=True) as session:
            row = session.scalar(
                select(ReportRow)
                .where(ReportRow.encounter == encounter_id)
                .order_by(ReportRow.id.desc())
                .limit(1)
            )
            return row.report if row is not None else None

    def add_dispute(self, encounter_id: str, dispute: Dispute) -> None:
        """Store what a resident says against a mark; what was said before stays."""
        with self._session() as session:
            session.add(
                DisputeRow(
                    encounter=encounter_id,
                    mark=dispute.mark,
                    said=dispute.said,
                    turn=dispute.turn,
                    at=dispute.at,
                )
            )

    def disputes(self, encounter_id: str) -> list[Dispute]:
        """What was said against marks of an encounter, oldest first."""
        query = (
            select(DisputeRow).where(DisputeRow.encounter == encounter_id).order_by(DisputeRow.id)
        )
        with self._session(reads_only=True) as session:
            return [Dispute(r.mark, r.said, r.turn, r.at) for r in session.scalars(query)]

    def add_rulings(self, encounter_id: str, rulings: Sequence[Ruling]) -> None:
        """Store what a teacher decided about marks, all or none; what was decided before stays."""
        with self._session() as session:
            session.add_all(RulingRow(encounter=encounter_id, **asdict(r)) for r in rulings)

    def rulings(self, encounter_id: str) -> list[Ruling]:
        """What was decided about marks of an encounter, oldest first."""
        query = select(RulingRow).where(RulingRow.encounter == encounter_id).order_by(RulingRow.id)
        with self._session(reads_only=True) as session:
            rows = session.scalars(query)
            return [Ruling(r.mark, r.verdict, r.comment, r.turn, r.by, r.at) for r in rows]

    def add_notice(self, encounter_id: str, notice: Notice) -> None:
        """Store what was noticed on the page in an examination."""
        with self._session() as session:
            session.add(NoticeRow(encounter=encounter_id, **asdict(notice)))

    def notices(self, encounter_id: str) -> list[Notice]:
        """What was noticed, oldest first."""
        query = select(NoticeRow).where(NoticeRow.encounter == encounter_id).order_by(NoticeRow.id)
        with self._session(reads_only=True) as session:
            rows = session.scalars(query)
            return [Notice(r.kind, r.amount, r.after_turn, r.at) for r in rows]  # type: ignore[arg-type]

    def finished(self, programme: str | None, resident: str, most: int) -> list[Encounter]:
        """Encounters that are over and whose words are there, without turns, newest first.

        Args:
            programme: whose residents held them; None for all. resident: of one alone, if named.
            most: how many at most.
        """
        query = (
            select(EncounterRow)
            .where(
                EncounterRow.phase == Phase.FEEDBACK.value,
                ~EncounterRow.resident.startswith(NAMELESS),
            )
            .order_by(EncounterRow.created_at.desc())
            .limit(most)
        )
        if programme is not None:
            query = query.where(EncounterRow.programme == programme)
        if resident:
            query = query.where(EncounterRow.resident == resident)
        with self._session(reads_only=True) as session:
            return [e for e in map(readable, session.scalars(query)) if e is not None]
