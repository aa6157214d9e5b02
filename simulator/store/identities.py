"""Read and write who is whom at an institution or a platform, and what browsers away were asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from simulator.accounts.ledger import Deed
from simulator.accounts.people import Person
from simulator.store.database import Kept
from simulator.store.people import person_in, row_of, write_deed
from simulator.store.tables import HandshakeRow, IdentityRow, InvitationRow, PersonRow


class IdentityStore(Kept):
    """Who is whom, of one installation."""

    def person_of(self, issuer: str, subject: str) -> Person | None:
        """Whom an issuer means by a subject."""
        query = (
            select(PersonRow)
            .join(IdentityRow, IdentityRow.person == PersonRow.id)
            .where(IdentityRow.issuer == issuer, IdentityRow.subject == subject)
        )
        with self._session(reads_only=True) as session:
            row = session.scalar(query)
            return person_in(row) if row else None

    def subject_of(self, issuer: str, person: str) -> str | None:
        """Under which subject an issuer knows a person."""
        query = select(IdentityRow.subject).where(
            IdentityRow.issuer == issuer, IdentityRow.person == person
        )
        with self._session(reads_only=True) as session:
            return session.scalar(query)

    def link(self, person: str, issuer: str, subject: str, deed: Deed, at: datetime) -> bool:
        """Keep that they are one; false where the person is another subject of the issuer's."""
        known = select(IdentityRow.subject).where(
            IdentityRow.issuer == issuer, IdentityRow.person == person
        )
        with self._session() as session:
            if (there := session.scalar(known)) is not None:
                return there == subject
            session.add(IdentityRow(issuer=issuer, subject=subject, person=person, at=at))
            session.execute(update(PersonRow).where(PersonRow.id == person).values(linked=True))
            session.execute(delete(InvitationRow).where(InvitationRow.person == person))
            write_deed(session, deed, at)
            return True

    def add_linked(
        self, person: Person, issuer: str, subject: str, deed: Deed, at: datetime
    ) -> None:
        """Store a new person with whom they are."""
        with self._session() as session:
            session.add(row_of(person, at, linked=True))
            session.flush()  # the person is there before what refers to it
            session.add(IdentityRow(issuer=issuer, subject=subject, person=person.id, at=at))
            write_deed(session, deed, at)

    def put_asked(
        self, key: str, kind: str, browser: str, kept: dict[str, Any], dead: datetime, at: datetime
    ) -> None:
        """Store what was asked, and forget what was asked before a moment."""
        with self._session() as session:
            session.execute(delete(HandshakeRow).where(HandshakeRow.at < dead))
            session.add(HandshakeRow(key=key, kind=kind, browser=browser, kept=kept, at=at))

    def first(self, key: str, kind: str, dead: datetime, at: datetime) -> bool:
        """Keep that something came, and forget what did before a moment; false if it did before."""
        with self._session() as session:
            session.execute(delete(HandshakeRow).where(HandshakeRow.at < dead))
            if session.get(HandshakeRow, key) is not None:
                return False
            session.add(HandshakeRow(key=key, kind=kind, browser="", kept={}, at=at))
            return True

    def see_asked(self, key: str, kind: str, since: datetime) -> tuple[str, dict[str, Any]] | None:
        """What was asked since then and of which browser; it can be answered still."""
        with self._session(reads_only=True) as session:
            row = _asked(session, key, kind, since)
            return (row.browser, dict(row.kept)) if row else None

    def take_asked(self, key: str, kind: str, since: datetime) -> tuple[str, dict[str, Any]] | None:
        """What was asked since then and of which browser, this once."""
        with self._session() as session:
            row = _asked(session, key, kind, since)
            if row is None:
                return None
            found = row.browser, dict(row.kept)
            session.delete(row)
            return found


def _asked(session: Session, key: str, kind: str, since: datetime) -> HandshakeRow | None:
    row = session.get(HandshakeRow, key)
    return row if row is not None and row.kind == kind and row.at >= since else None
