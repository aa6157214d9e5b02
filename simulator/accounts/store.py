"""What accounts need of the place where people are kept; a deed is stored with what it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

from simulator.accounts.ledger import Deed, Line
from simulator.accounts.people import Person
from simulator.accounts.tokens import TokenStore


class People(TokenStore, Protocol):
    """Where people, their sessions and tokens, and the audit log are kept."""

    def everybody(self) -> list[Person]:
        """All people, by name."""

    def person(self, person_id: str) -> Person | None:
        """The person of that id."""

    def by_email(self, email: str) -> Person | None:
        """The person of that address."""

    def password(self, person_id: str) -> str | None:
        """How the person's password is kept, if one was chosen."""

    def add(self, person: Person, deed: Deed, at: datetime) -> None:
        """Store a new person."""

    def change(self, person_id: str, columns: dict[str, Any], deed: Deed, at: datetime) -> None:
        """Store what changed of a person; the sessions and tokens of one who is shut out end."""

    def set_password(self, person_id: str, kept: str, deed: Deed, at: datetime) -> None:
        """Store a new password; all of the person's sessions and tokens end."""

    def put_invitation(self, key: str, person_id: str, deed: Deed, at: datetime) -> None:
        """Store an invitation; earlier ones of this person are void."""

    def invited(self, key: str, since: datetime) -> Person | None:
        """Whom an unused invitation made since then is for."""

    def use_invitation(self, key: str, since: datetime) -> bool:
        """Use an invitation up; false where it was used or is too old."""

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

    def session_via(self, key: str) -> str:
        """Who vouched for a session; empty where a password did, or there is none."""

    def session(self, key: str) -> tuple[Person, datetime, datetime] | None:
        """Whose a session is, when it began and when it was last used."""

    def touch_session(self, key: str, at: datetime) -> None:
        """Note that a session is in use."""

    def end_sessions(self, person_id: str, key: str, deed: Deed, at: datetime) -> None:
        """End one session of a person's, or with an empty key all of them."""

    def end_vouched(self, via: str, person_id: str, sid: str, at: datetime) -> int:
        """End the sessions that one vouched for, of a person, a session there or both; how many."""

    def failures(self, keys: tuple[str, ...], since: datetime) -> tuple[int, ...]:
        """How often a sign-in failed since then, by what it failed for."""

    def add_failure(
        self, keys: tuple[str, ...], forget: datetime, deed: Deed, at: datetime
    ) -> None:
        """Store a failed sign-in, and forget those before a moment."""

    def forget_failures(self, key: str) -> None:
        """Forget what failed for one of those."""

    def record(self, deed: Deed, at: datetime) -> None:
        """Write a line into the audit log."""

    def requests(self, person: str = "") -> list[Line]:
        """What people asked for of their own records, or one of them, and nothing answered yet."""

    def log(self, newest: int = 0) -> Iterator[Line]:
        """The lines of the audit log: all in order, or the newest of them, newest first."""
