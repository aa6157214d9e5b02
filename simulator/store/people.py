"""Read and write people, their sessions, tokens and the audit log; a deed goes with what it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from simulator.accounts.ledger import ANSWERS, FIRST, Deed, Line, seal
from simulator.accounts.people import Person, Role
from simulator.accounts.tokens import Scope, Token
from simulator.store.database import Kept
from simulator.store.tables import (
    FailureRow,
    InvitationRow,
    LogRow,
    PersonRow,
    SessionRow,
    TokenRow,
)

AT_A_TIME = 500  # lines of the log that are read at once


class PeopleStore(Kept):
    """The people of one installation."""

    def everybody(self) -> list[Person]:
        """All people, by name."""
        with self._session(reads_only=True) as session:
            rows = session.scalars(select(PersonRow).order_by(func.lower(PersonRow.name)))
            return [person_in(row) for row in rows]

    def person(self, person_id: str) -> Person | None:
        """The person of that id."""
        with self._session(reads_only=True) as session:
            row = session.get(PersonRow, person_id)
            return person_in(row) if row else None

    def by_email(self, email: str) -> Person | None:
        """The person of that address."""
        with self._session(reads_only=True) as session:
            row = session.scalar(select(PersonRow).where(PersonRow.email == email))
            return person_in(row) if row else None

    def password(self, person_id: str) -> str | None:
        """How the person's password is kept, if one was chosen."""
        with self._session(reads_only=True) as session:
            return session.scalar(select(PersonRow.password).where(PersonRow.id == person_id))

    def add(self, person: Person, deed: Deed, at: datetime) -> None:
        """Store a new person."""
        with self._session() as session:
            session.add(row_of(person, at))
            write_deed(session, deed, at)

    def change(self, person_id: str, columns: dict[str, Any], deed: Deed, at: datetime) -> None:
        """Store what changed of a person; the sessions and tokens of one who is shut out end."""
        with self._session() as session:
            session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**columns))
            if columns.get("active") is False:
                session.execute(delete(SessionRow).where(SessionRow.person == person_id))
                session.execute(delete(InvitationRow).where(InvitationRow.person == person_id))
                _end_tokens(session, person_id, at)
            write_deed(session, deed, at)

    def set_password(self, person_id: str, kept: str, deed: Deed, at: datetime) -> None:
        """Store a new password; all of the person's sessions and tokens end."""
        with self._session() as session:
            session.execute(
                update(PersonRow).where(PersonRow.id == person_id).values(password=kept)
            )
            session.execute(delete(SessionRow).where(SessionRow.person == person_id))
            _end_tokens(session, person_id, at)
            write_deed(session, deed, at)

    def put_invitation(self, key: str, person_id: str, deed: Deed, at: datetime) -> None:
        """Store an invitation; earlier ones of this person are void."""
        with self._session() as session:
            session.execute(delete(InvitationRow).where(InvitationRow.person == person_id))
            session.add(InvitationRow(key=key, person=person_id, at=at))
            write_deed(session, deed, at)

    def invited(self, key: str, since: datetime) -> Person | None:
        """Whom an unused invitation made since then is for."""
        query = (
            select(PersonRow)
            .join(InvitationRow, InvitationRow.person == PersonRow.id)
            .where(InvitationRow.key == key, InvitationRow.at >= since)
        )
        with self._session(reads_only=True) as session:
            row = session.scalar(query)
            return person_in(row) if row else None

    def use_invitation(self, key: str, since: datetime) -> bool:
        """Use an invitation up; false where it was used or is too old."""
        with self._session() as session:
            used: CursorResult[Any] = session.execute(  # type: ignore[assignment]
                delete(InvitationRow).where(InvitationRow.key == key, InvitationRow.at >= since)
            )
            return used.rowcount == 1

    def add_session(
        self,
        key: str,
        person_id: str,
        dead_before: datetime,
        deed: Deed,
        at: datetime,
        via: str = "",
        sid: str = "",
    ) -> None:
        """Store a session with who vouched for it, and forget those that began before."""
        with self._session() as session:
            session.execute(delete(SessionRow).where(SessionRow.began_at < dead_before))
            row = SessionRow(key=key, person=person_id, began_at=at, used_at=at, via=via, sid=sid)
            session.add(row)
            write_deed(session, deed, at)

    def session_via(self, key: str) -> str:
        """Who vouched for a session; empty where a password did, or there is none."""
        with self._session(reads_only=True) as session:
            return session.scalar(select(SessionRow.via).where(SessionRow.key == key)) or ""

    def session(self, key: str) -> tuple[Person, datetime, datetime] | None:
        """Whose a session is, when it began and when it was last used."""
        query = (
            select(PersonRow, SessionRow.began_at, SessionRow.used_at)
            .join(SessionRow, SessionRow.person == PersonRow.id)
            .where(SessionRow.key == key)
        )
        with self._session(reads_only=True) as session:
            found = session.execute(query).one_or_none()
            return (person_in(found[0]), found[1], found[2]) if found else None

    def touch_session(self, key: str, at: datetime) -> None:
        """Note that a session is in use."""
        with self._session(beside=True) as session:
            session.execute(update(SessionRow).where(SessionRow.key == key).values(used_at=at))

    def end_sessions(self, person_id: str, key: str, deed: Deed, at: datetime) -> None:
        """End one session of a person's, or with an empty key all of them."""
        query = delete(SessionRow).where(SessionRow.person == person_id)
        with self._session() as session:
            session.execute(query.where(SessionRow.key == key) if key else query)
            write_deed(session, deed, at)

    def end_vouched(self, via: str, person_id: str, sid: str, at: datetime) -> int:
        """End the sessions that one vouched for, of a person, a session there or both; how many.

        Of a person those end, too, of which it is not known of which session there they are.
        """
        which: list[ColumnElement[bool]] = [SessionRow.via == via]
        if person_id:
            which.append(SessionRow.person == person_id)
        if sid:
            which.append(SessionRow.sid.in_([sid, ""] if person_id else [sid]))
        with self._session() as session:
            whose = session.scalars(select(SessionRow.person).where(*which)).all()
            session.execute(delete(SessionRow).where(*which))
            for one in sorted(set(whose)):
                write_deed(session, Deed(one, "was signed out", one, f"by {via}"), at)
            return len(whose)

    def add_token(self, key: str, token: Token, deed: Deed, at: datetime) -> None:
        """Store a new token under the digest of its secret."""
        with self._session() as session:
            session.add(
                TokenRow(
                    key=key,
                    id=token.id,
                    person=token.person,
                    name=token.name,
                    scopes=sorted(token.scopes),
                    made_at=token.made_at,
                    expires_at=token.expires_at,
                )
            )
            write_deed(session, deed, at)

    def token(self, key: str) -> tuple[Person, Token] | None:
        """A token by the digest of its secret, and whose it is."""
        query = (
            select(PersonRow, TokenRow)
            .join(TokenRow, TokenRow.person == PersonRow.id)
            .where(TokenRow.key == key)
        )
        with self._session(reads_only=True) as session:
            found = session.execute(query).one_or_none()
            return (person_in(found[0]), _token(found[1])) if found else None

    def tokens_of(self, person_id: str) -> list[Token]:
        """A person's tokens, the newest first."""
        query = (
            select(TokenRow)
            .where(TokenRow.person == person_id)
            .order_by(TokenRow.made_at.desc(), TokenRow.id)
        )
        with self._session(reads_only=True) as session:
            return [_token(row) for row in session.scalars(query)]

    def touch_token(self, token_id: str, at: datetime) -> None:
        """Note that a token was used."""
        with self._session(beside=True) as session:
            session.execute(update(TokenRow).where(TokenRow.id == token_id).values(used_at=at))

    def end_token(self, person_id: str, token_id: str, deed: Deed, at: datetime) -> bool:
        """Take a person's token back; false where there is none that is not taken back."""
        with self._session() as session:
            if not _end_tokens(session, person_id, at, token_id):
                return False
            write_deed(session, deed, at)
            return True

    def failures(self, keys: tuple[str, ...], since: datetime) -> tuple[int, ...]:
        """How often a sign-in failed since then, by what it failed for."""
        query = (
            select(FailureRow.key, func.count())
            .where(FailureRow.key.in_(keys), FailureRow.at >= since)
            .group_by(FailureRow.key)
        )
        with self._session(reads_only=True) as session:
            counted = {key: count for key, count in session.execute(query)}
        return tuple(counted.get(key, 0) for key in keys)

    def add_failure(
        self, keys: tuple[str, ...], forget: datetime, deed: Deed, at: datetime
    ) -> None:
        """Store a failed sign-in, and forget those before a moment."""
        with self._session() as session:
            session.execute(delete(FailureRow).where(FailureRow.at < forget))
            session.add_all(FailureRow(key=key, at=at) for key in keys)
            write_deed(session, deed, at)

    def forget_failures(self, key: str) -> None:
        """Forget what failed for one of those."""
        with self._session() as session:
            session.execute(delete(FailureRow).where(FailureRow.key == key))

    def record(self, deed: Deed, at: datetime) -> None:
        """Write a line into the audit log."""
        with self._session() as session:
            write_deed(session, deed, at)

    def log(self, newest: int = 0) -> Iterator[Line]:
        """The lines of the audit log: all in order, or the newest of them, newest first."""
        if newest:
            yield from self._lines(select(LogRow).order_by(LogRow.id.desc()).limit(newest))
            return
        last = 0
        while True:
            after = select(LogRow).where(LogRow.id > last).order_by(LogRow.id).limit(AT_A_TIME)
            found = self._lines(after)
            yield from found
            if len(found) < AT_A_TIME:
                return
            last = found[-1].number

    def requests(self, person: str = "") -> list[Line]:
        """What people asked for of their own records, or one of them, and nothing answered yet."""
        found: dict[tuple[str, str], Line] = {}
        query = select(LogRow).where(LogRow.what.in_([*ANSWERS, *ANSWERS.values()]))
        if person:
            query = query.where(or_(LogRow.who == person, LogRow.row == person))
        for line in self._lines(query.order_by(LogRow.id)):
            if line.deed.what in ANSWERS:
                found.setdefault((line.deed.who, ANSWERS[line.deed.what]), line)
            else:
                found.pop((line.deed.row, line.deed.what), None)
        return list(found.values())

    def _lines(self, query: Any) -> list[Line]:
        with self._session(reads_only=True) as session:
            return [_line(row) for row in session.scalars(query)]


def write_deed(session: Session, deed: Deed, at: datetime) -> None:
    """Seal a line with the one before it; the transaction holds the only right to write."""
    last = session.execute(
        select(LogRow.id, LogRow.seal).order_by(LogRow.id.desc()).limit(1)
    ).one_or_none()
    number, before = (last[0] + 1, last[1]) if last else (1, FIRST)
    when = at.astimezone(UTC).isoformat()
    session.add(
        LogRow(
            id=number,
            at=when,
            who=deed.who,
            what=deed.what,
            row=deed.row,
            detail=deed.detail,
            before=before,
            seal=seal(number, when, deed, before),
        )
    )


def _end_tokens(session: Session, person_id: str, at: datetime, token_id: str = "") -> int:
    """Take back one token of a person's, or without its id all; how many that were."""
    query = update(TokenRow).where(TokenRow.person == person_id, TokenRow.ended_at.is_(None))
    if token_id:
        query = query.where(TokenRow.id == token_id)
    ended: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        query.values(ended_at=at)
    )
    return ended.rowcount


def _token(row: TokenRow) -> Token:
    return Token(
        row.id,
        row.person,
        row.name,
        frozenset(Scope(s) for s in row.scopes if s in list(Scope)),
        row.made_at,
        row.expires_at,
        row.used_at,
        row.ended_at,
    )


def _line(row: LogRow) -> Line:
    deed = Deed(row.who, row.what, row.row, row.detail)
    return Line(row.id, row.at, deed, row.before, row.seal)


def row_of(person: Person, at: datetime, linked: bool = False) -> PersonRow:
    """A new person as a row."""
    return PersonRow(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role.value,
        programme=person.programme,
        pseudonym=person.pseudonym,
        password=None,
        active=person.active,
        consented=person.consented,
        created_at=at,
        linked=linked,
    )


def person_in(row: PersonRow) -> Person:
    """The person of a row."""
    return Person(
        row.id,
        Role(row.role),
        row.programme,
        row.name,
        row.email,
        row.pseudonym,
        row.active,
        row.password is not None or row.linked,
        row.consented,
        row.created_at,
    )
