"""Read and write what waits to be sent, and find the encounters of which something is lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select, update

from simulator.accounts.ledger import Deed
from simulator.encounter.phases import Phase
from simulator.platforms.events import Event, Held
from simulator.platforms.grades import Line
from simulator.platforms.outbox import Parcel, Waiting
from simulator.store.database import Kept
from simulator.store.people import write_deed
from simulator.store.tables import EncounterRow, LaunchRow, OutboxRow, PersonRow

BEGAN = "began"


class OutboxStore(Kept):
    """The outbox of one installation."""

    def put(self, parcels: Sequence[Parcel], at: datetime) -> int:
        """Store those that are not there yet; how many that were."""
        if not parcels:
            return 0
        ids = [p.id for p in parcels]
        with self._session() as session:
            there = set(session.scalars(select(OutboxRow.id).where(OutboxRow.id.in_(ids))))
            new = {p.id: p for p in parcels if p.id not in there}
            session.add_all(_row(p, at) for p in new.values())
            return len(new)

    def claim(self, most: int, until: datetime, at: datetime, early: bool) -> list[Parcel]:
        """Those that are due, the oldest first; nobody else is given them until a moment."""
        query = select(OutboxRow).where(OutboxRow.sent_at.is_(None)).order_by(OutboxRow.due_at)
        if not early:
            query = query.where(OutboxRow.due_at <= at)
        with self._session() as session:
            found = []
            for row in session.scalars(query.limit(most)):
                found.append(Parcel(row.id, row.kind, dict(row.body), row.tries))
                row.due_at = until
            return found

    def sent(self, parcel_id: str, at: datetime) -> None:
        """Store that one arrived, in the audit log as well."""
        with self._session() as session:
            session.execute(
                update(OutboxRow).where(OutboxRow.id == parcel_id).values(sent_at=at, fault="")
            )
            write_deed(session, Deed("the outbox", "sent out", parcel_id), at)

    def failed(self, parcel_id: str, fault: str, due_at: datetime) -> None:
        """Store that one did not arrive, and when it is tried again."""
        statement = update(OutboxRow).where(OutboxRow.id == parcel_id)
        with self._session(beside=True) as session:
            session.execute(statement.values(fault=fault, due_at=due_at, tries=OutboxRow.tries + 1))

    def waiting(self) -> Waiting:
        """How many wait, since when, and what went wrong last."""
        unsent = OutboxRow.sent_at.is_(None)
        counted = select(func.count(), func.min(OutboxRow.made_at)).where(unsent)
        faults = (
            select(OutboxRow.fault)
            .where(unsent, OutboxRow.fault != "")
            .order_by(OutboxRow.due_at.desc())
            .limit(1)
        )
        sent = select(func.count()).where(~unsent, OutboxRow.kind != BEGAN)
        with self._session(reads_only=True) as session:
            count, oldest = session.execute(counted).one()
            return Waiting(count, oldest, session.scalar(faults) or "", session.scalar(sent) or 0)

    def put_launch(self, launch: Line, at: datetime) -> None:
        """Store where a person's score on an assignment belongs; the newest stands."""
        with self._session() as session:
            session.merge(LaunchRow(**asdict(launch), at=at))

    def lines(self, issuers: Sequence[str]) -> dict[tuple[str, str], Line]:
        """Where scores belong on these platforms, by assignment and person."""
        query = select(LaunchRow).where(LaunchRow.issuer.in_(issuers), LaunchRow.line != "")
        with self._session(reads_only=True) as session:
            rows = list(session.scalars(query))
            return {
                (r.assignment, r.person): Line(
                    r.assignment, r.person, r.issuer, r.client, r.subject, r.line
                )
                for r in rows
            }

    def since(self, kind: str, at: datetime) -> datetime:
        """When something was switched on; now, the first time that is asked."""
        name = f"{BEGAN}:{kind}"
        with self._session() as session:
            row = session.get(OutboxRow, name)
            if row is not None:
                return row.made_at
            new = _row(Parcel(name, BEGAN, {}), at)
            new.sent_at = at
            session.add(new)
            return at

    def lacking(self, event: Event, since: datetime, most: int) -> list[Held]:
        """Encounters of people of which an event is not in the outbox yet, the oldest first."""
        query = _lacking(event, since).order_by(EncounterRow.created_at).limit(most)
        with self._session(reads_only=True) as session:
            return [Held(*row) for row in session.execute(query)]

    def lacking_of(
        self,
        event: Event,
        since: datetime,
        assignments: Sequence[str],
        most: int,
        people: Sequence[str] | None = None,
    ) -> list[Held]:
        """The same, held for one of these ("" is for none at all), and by these people alone."""
        among = EncounterRow.assignment.in_(assignments)
        query = _lacking(event, since).where(among).order_by(EncounterRow.created_at).limit(most)
        if people is not None:
            query = query.where(EncounterRow.resident.in_(people))
        with self._session(reads_only=True) as session:
            return [Held(*row) for row in session.execute(query)]

    def assignments_lacking(self, event: Event, since: datetime) -> list[str]:
        """The assignments for which those encounters were held; "" where one was for none."""
        found = _lacking(event, since).subquery()
        with self._session(reads_only=True) as session:
            return list(session.scalars(select(found.c.assignment).distinct()))


def _row(parcel: Parcel, at: datetime) -> OutboxRow:
    return OutboxRow(
        id=parcel.id,
        kind=parcel.kind,
        body=parcel.body,
        made_at=at,
        due_at=at,
        tries=0,
        fault="",
        sent_at=None,
    )


def _lacking(event: Event, since: datetime) -> Select[Any]:
    """What was tried again from a turn on knows the first try's review, and is told to nobody."""
    begun: ColumnElement[bool] = EncounterRow.started_at.is_not(None)
    over = EncounterRow.phase == Phase.FEEDBACK.value
    return (
        select(
            EncounterRow.id,
            PersonRow.id,
            PersonRow.pseudonym,
            EncounterRow.script_id,
            EncounterRow.script["title"].as_string().label("title"),
            EncounterRow.script["version"].as_string().label("version"),
            EncounterRow.started_at,
            EncounterRow.ended_at,
            EncounterRow.assignment.label("assignment"),
        )
        .join(PersonRow, PersonRow.id == EncounterRow.resident)
        .where(
            EncounterRow.created_at >= since,
            EncounterRow.branch_of == "",
            begun if event == Event.LAUNCHED else over,
            ~exists().where(OutboxRow.id == literal(f"{event.value}:") + EncounterRow.id),
        )
    )
