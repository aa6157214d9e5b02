"""The talks of a whole archive that are to be scored anew: which wait, and each stored once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from simulator.accounts.ledger import OPERATOR, Deed
from simulator.encounter.phases import Phase
from simulator.encounter.records import NAMELESS
from simulator.store.database import Kept
from simulator.store.people import write_deed
from simulator.store.tables import EncounterRow, LogRow, ReportRow

BEGAN, ENDED = "began to score an archive anew", "scored an archive anew"


class Archive(Kept):
    """A round of scoring over an archive, which the audit log knows by what it is of."""

    def begin(self, name: str, at: datetime) -> datetime:
        """Since when a round is under way: one that was cut off goes on, else it begins now.

        Args:
            name: what is scored by what. at: now.
        """
        with self._session() as session:
            rounds = select(LogRow.what, LogRow.at).where(
                LogRow.row == name, LogRow.what.in_((BEGAN, ENDED))
            )
            last = session.execute(rounds.order_by(LogRow.id.desc()).limit(1)).one_or_none()
            if last is not None and last[0] == BEGAN:
                return datetime.fromisoformat(last[1])
            write_deed(session, Deed(OPERATOR, BEGAN, name), at)
            return at

    def end(self, name: str, number: int, at: datetime) -> None:
        """Write down that a round is through, and how many talks it scored to the end."""
        with self._session() as session:
            write_deed(session, Deed(OPERATOR, ENDED, name, f"{number} talks"), at)

    def waiting(self, since: datetime, case: str, programme: str) -> Sequence[str]:
        """The ids of talks that are over and have no report from since then, the oldest first.

        Args:
            since: the beginning of the round. case, programme: of one alone, if named.
        """
        query = select(EncounterRow.id).where(
            EncounterRow.phase == Phase.FEEDBACK.value,
            ~EncounterRow.resident.startswith(NAMELESS),
            ~_scored(EncounterRow.id, since),
        )
        if case:
            query = query.where(EncounterRow.script_id == case)
        if programme:
            query = query.where(EncounterRow.programme == programme)
        with self._session(reads_only=True) as session:
            return session.scalars(query.order_by(EncounterRow.created_at, EncounterRow.id)).all()

    def add(self, encounter_id: str, report: dict[str, Any], since: datetime, at: datetime) -> bool:
        """Store a report of the round beside the earlier ones; false where there is one already."""
        found = select(func.count()).where(_scored(encounter_id, since))
        gone = select(func.count()).where(EncounterRow.id == encounter_id)
        with self._session() as session:
            if session.scalar(found) or not session.scalar(gone):
                return False
            session.add(ReportRow(encounter=encounter_id, report=report, at=at))
            return True


def _scored(encounter: Any, since: datetime) -> Any:
    """Whether a talk has a report from since then."""
    return exists().where(ReportRow.encounter == encounter, ReportRow.at >= since)
