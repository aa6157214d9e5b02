"""From records to rows of the tables, and back."""

from __future__ import annotations

import logging
from typing import get_args

from pydantic import ValidationError

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Mode, Note, Order, SelfAssessment, Turn
from simulator.errors import StoreError, TraceUnreadable
from simulator.patient.trace import read_trace
from simulator.scripts.library import content_hash
from simulator.scripts.schema import PatientScript
from simulator.store.tables import EncounterRow, OrderRow, TurnRow

logger = logging.getLogger(__name__)


def row_of(e: Encounter) -> EncounterRow:
    """The row of an encounter; its turns and orders have rows of their own."""
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
        assignment=e.assignment,
        branch_of=e.branch_of,
        branch_turn=e.branch_turn,
    )


def readable(row: EncounterRow) -> Encounter | None:
    """The encounter of a row, or None where another version's script cannot be read any more."""
    try:
        return encounter_of(row)
    except ValidationError:
        logger.warning("encounter %s was stored by another version and is left out", row.id)
        return None


def encounter_of(row: EncounterRow) -> Encounter:
    """The encounter of a row, without its turns and orders."""
    return Encounter(
        id=row.id,
        resident=row.resident,
        script=PatientScript.model_validate(row.script),
        mode=row.mode if row.mode in get_args(Mode) else "practice",  # type: ignore[arg-type]
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
        assignment=row.assignment,
        branch_of=row.branch_of,
        branch_turn=row.branch_turn,
    )


def turn_row(encounter_id: str, turn: Turn) -> TurnRow:
    """The row of a turn of that encounter."""
    return TurnRow(
        encounter=encounter_id,
        seq=turn.seq,
        client_turn_id=turn.client_turn_id,
        said=turn.said,
        reply=turn.reply,
        trace=turn.trace.stored(),
        state=turn.state,
        at=turn.at,
    )


def turn_of(row: TurnRow) -> Turn:
    """The turn of a row.

    Raises:
        StoreError: its trace cannot be read.
    """
    try:
        trace = read_trace(row.trace)
    except TraceUnreadable as error:
        raise StoreError(f"Turn {row.seq} of encounter {row.encounter}: {error}") from None
    return Turn(row.seq, row.client_turn_id, row.said, row.reply, trace, row.state, row.at)


def order_row(encounter_id: str, order: Order) -> OrderRow:
    """The row of an examination or test of that encounter."""
    return OrderRow(
        encounter=encounter_id,
        kind=order.kind,
        name=order.name,
        result=order.result,
        after_turn=order.after_turn,
        at=order.at,
    )


def order_of(row: OrderRow) -> Order:
    """The examination or test of a row."""
    kind = "test" if row.kind == "test" else "examination"
    return Order(kind, row.name, row.result, row.after_turn, row.at)  # type: ignore[arg-type]
