"""Encounters page by page, without reading what was said in them or the cases they were held by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from simulator.encounter.listing import Asked, Listed
from simulator.encounter.phases import Phase
from simulator.errors import NotAllowed
from simulator.store.database import Kept
from simulator.store.tables import EncounterRow


class Lists(Kept):
    """The lists of encounters."""

    def listed(self, asked: Asked) -> list[Listed]:
        """A page of the encounters that are asked for, the newest first.

        Raises:
            NotAllowed: `after` is none of them.
        """
        columns = (
            EncounterRow.id,
            EncounterRow.resident,
            EncounterRow.programme,
            EncounterRow.script_id,
            EncounterRow.script["title"].as_string(),
            EncounterRow.script["version"].as_string(),
            EncounterRow.mode,
            EncounterRow.phase,
            EncounterRow.created_at,
            EncounterRow.started_at,
            EncounterRow.ended_at,
            EncounterRow.assignment,
            EncounterRow.branch_of,
        )
        where = _where(asked)
        with self._session(reads_only=True) as session:
            if asked.after:
                place = select(EncounterRow.created_at).where(
                    EncounterRow.id == asked.after, *where
                )
                last = session.scalar(place)
                if last is None:
                    raise NotAllowed("There is no such place in this list; begin it again.")
                before, same = EncounterRow.created_at < last, EncounterRow.created_at == last
                where.append(or_(before, and_(same, EncounterRow.id < asked.after)))
            query = (
                select(*columns)
                .where(*where)
                .order_by(EncounterRow.created_at.desc(), EncounterRow.id.desc())
                .limit(asked.most)
            )
            rows = session.execute(query).all()
        return [_line(row) for row in rows]


def _line(row: Sequence[Any]) -> Listed:
    values = [*row]
    values[7] = Phase(values[7])
    return Listed(*values)


def _where(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.programme is not None:
        found.append(EncounterRow.programme == asked.programme)
    if asked.resident:
        found.append(EncounterRow.resident == asked.resident)
    if asked.case:
        found.append(EncounterRow.script_id == asked.case)
    if asked.phase is not None:
        found.append(EncounterRow.phase == asked.phase.value)
    if asked.assignment:
        found.append(EncounterRow.assignment == asked.assignment)
    if asked.since is not None:
        found.append(EncounterRow.created_at >= asked.since)
    return found
