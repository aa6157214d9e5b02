"""Read and write encounters: SQLite in WAL mode with full sync, every write in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError
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
from simulator.encounter.records import Encounter, Note, Order, SelfAssessment, Standing, Turn
from simulator.errors import NotAllowed, StoreError, TraceUnreadable
from simulator.patient.trace import read_trace
from simulator.scripts.library import content_hash
from simulator.scripts.schema import PatientScript
from simulator.store.database import Kept, store_error
from simulator.store.tables import (
    SCHEMA_VERSION,
    CallRow,
    EncounterRow,
    OrderRow,
    ReportRow,
    TurnRow,
)

logger = logging.getLogger(__name__)
BEGUN_WITH = ("id", "resident", "programme", "script", "script_hash", "script_id")
NOT_YOURS = "There is no such encounter of yours. Choose a case to begin."


class Repository(Kept):
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
            session.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))

    def add(self, encounter: Encounter) -> None:
        """Store a new encounter."""
        with self._session() as session:
            session.add(_row(encounter))

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
        """An encounter, whole, whoever's it is; for the operator alone.

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
                _encounter(row),
                turns=tuple(_turn(t) for t in turns),
                orders=tuple(_order(o) for o in orders),
            )

    def of_resident(self, resident: str) -> list[Encounter]:
        """The resident's encounters without their turns, newest first."""
        with self._session(reads_only=True) as session:
            rows = session.scalars(
                select(EncounterRow)
                .where(EncounterRow.resident == resident)
                .order_by(EncounterRow.created_at.desc())
            )
            return [e for e in (_readable(r) for r in rows) if e is not None]

    def update(self, encounter: Encounter, expected: Phase) -> None:
        """Store what changed of an encounter, if it still stands in the expected phase.

        Raises:
            NotAllowed: another tab has moved it on.
        """
        with self._session() as session:
            row = session.get(EncounterRow, encounter.id)
            if row is None or row.phase != expected:
                raise NotAllowed("This encounter was moved on in another tab. Reload the page.")
            fresh = _row(encounter)
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
        with self._session() as session:
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
        """Let go of the file; all that was written stands in it, and no log is left beside it."""
        with suppress(SQLAlchemyError), self.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")  # a checkpoint runs in no transaction
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()

    def add_turn(self, encounter_id: str, turn: Turn) -> Turn:
        """Store a turn; sent twice, it stands once, and the stored one is returned."""
        row = TurnRow(
            encounter=encounter_id,
            seq=turn.seq,
            client_turn_id=turn.client_turn_id,
            said=turn.said,
            reply=turn.reply,
            trace=turn.trace.stored(),
            state=turn.state,
            at=turn.at,
        )
        self._check_there()
        try:
            with Session(self.engine) as session, session.begin():
                session.add(row)
        except IntegrityError:
            found = self.find_turn(encounter_id, turn.client_turn_id)
            if found is None:
                raise NotAllowed(
                    "Another tab was faster. Reload the page to see what was said."
                ) from None
            return found
        except SQLAlchemyError as error:
            raise store_error(self.engine.url.database, error) from None
        return turn

    def find_turn(self, encounter_id: str, client_turn_id: str) -> Turn | None:
        """The turn that the browser sent under this id, if it was answered."""
        with self._session(reads_only=True) as session:
            row = session.scalar(
                select(TurnRow).where(
                    TurnRow.encounter == encounter_id, TurnRow.client_turn_id == client_turn_id
                )
            )
            return _turn(row) if row is not None else None

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
                    found.append(_turn(row))
        return found

    def add_calls(
        self, encounter_id: str, resident: str, calls: Sequence[dict[str, Any]], at: datetime
    ) -> None:
        """Store what a turn's calls of a language model cost."""
        with self._session() as session:
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

    def tokens_since(self, since: datetime, resident: str = "") -> int:
        """The tokens that were used since then, by one resident or by all."""
        query = select(func.coalesce(func.sum(CallRow.tokens), 0)).where(CallRow.at >= since)
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
                session.add(
                    OrderRow(
                        encounter=encounter_id,
                        kind=order.kind,
                        name=order.name,
                        result=order.result,
                        after_turn=order.after_turn,
                        at=order.at,
                    )
                )

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


def _row(e: Encounter) -> EncounterRow:
    return EncounterRow(
        id=e.id,
        resident=e.resident,
        script_id=e.script.id,
        script_hash=content_hash(e.script),
        script=e.script.model_dump(mode="json", by_alias=True),
        mode=e.mode,
        phase=e.phase.value,
        created_at=e.created_at,
        started_at=e.started_at,
        deadline=e.deadline,
        ended_at=e.ended_at,
        note_deadline=e.note_deadline,
        hints=list(e.hints),
        pad=e.pad,
        note=e.note.model_dump(mode="json"),
        self_assessment=e.self_assessment.model_dump(mode="json"),
        unsent=e.unsent,
        added_percent=e.added_percent,
        programme=e.programme,
    )


def _readable(row: EncounterRow) -> Encounter | None:
    """The encounter of a row, or None where another version's script cannot be read any more."""
    try:
        return _encounter(row)
    except ValidationError:
        logger.warning("encounter %s was stored by another version and is left out", row.id)
        return None


def _encounter(row: EncounterRow) -> Encounter:
    return Encounter(
        id=row.id,
        resident=row.resident,
        script=PatientScript.model_validate(row.script),
        mode="exam" if row.mode == "exam" else "practice",
        phase=Phase(row.phase),
        created_at=row.created_at,
        started_at=row.started_at,
        deadline=row.deadline,
        ended_at=row.ended_at,
        note_deadline=row.note_deadline,
        hints=tuple(row.hints),
        pad=row.pad,
        note=Note.model_validate(row.note),
        self_assessment=SelfAssessment.model_validate(row.self_assessment),
        unsent=row.unsent,
        added_percent=row.added_percent,
        programme=row.programme,
    )


def _turn(row: TurnRow) -> Turn:
    try:
        trace = read_trace(row.trace)
    except TraceUnreadable as error:
        raise StoreError(f"Turn {row.seq} of encounter {row.encounter}: {error}") from None
    return Turn(row.seq, row.client_turn_id, row.said, row.reply, trace, row.state, row.at)


def _order(row: OrderRow) -> Order:
    kind = "test" if row.kind == "test" else "examination"
    return Order(kind, row.name, row.result, row.after_turn, row.at)  # type: ignore[arg-type]
