"""Those whom an institution or a learning platform vouches for: who of them comes in, and as what.

Nobody comes in who was not invited, unless the settings name the e-mail domain of those who may.
A first time they are found by the address that the institution has verified; from then on by the
subject that it knows them under, whatever becomes of the address.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from simulator.accounts.accounts import (
    FAILED_IN,
    LETTERS,
    MOST_FAILED_FROM,
    Accounts,
)
from simulator.accounts.ledger import NOBODY, Deed
from simulator.accounts.people import NOWHERE, OVER_ALL, Person, Role, as_email
from simulator.errors import NotAllowed, Untrusted

ANSWERED_IN = timedelta(minutes=10)
REFUSED = (
    "The sign-in did not lead to an account here. Begin it again; if that does not help, ask the "
    "person who runs your programme."
)
RANK = (Role.RESIDENT, Role.AUTHOR, Role.REVIEWER, Role.COURSE_LEAD)


def refused(why: str, person: str = "") -> Untrusted:
    """The one sentence for all that does not hold; the log alone says why."""
    return Untrusted(REFUSED, why=why, person=person)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as the issuer vouches for them; an address that it has not verified is left out.

    `sid` is what it calls the session that they have there.
    """

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """What an issuer says has ended there: a session, or all that a subject has."""

    issuer: str
    subject: str
    sid: str
    number: str  # of this message; one that comes again is not taken


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom an issuer may send uninvited, and what its words mean here.

    `domains` are those of e-mail addresses whose people come in as residents of `programme`. Where
    `roles` says what its words for roles mean, they decide at each sign-in; so does `programmes`.
    """

    domains: frozenset[str] = frozenset()
    programme: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    programmes: Mapping[str, str] = field(default_factory=dict)


class Identities(Protocol):
    """Where it is kept who is whom, and what was asked of a browser that is away to sign in."""

    def person_of(self, issuer: str, subject: str) -> Person | None:
        """Whom an issuer means by a subject."""

    def link(self, person: str, issuer: str, subject: str, deed: Deed, at: datetime) -> bool:
        """Keep that they are one; false where the person is another subject of the issuer's."""

    def add_linked(
        self, person: Person, issuer: str, subject: str, deed: Deed, at: datetime
    ) -> None:
        """Store a new person with whom they are."""

    def put_asked(
        self, key: str, kind: str, browser: str, kept: dict[str, Any], dead: datetime, at: datetime
    ) -> None:
        """Store what was asked, and forget what was asked before a moment."""

    def first(self, key: str, kind: str, dead: datetime, at: datetime) -> bool:
        """Keep that something came, and forget what did before a moment; false if it did before."""

    def see_asked(self, key: str, kind: str, since: datetime) -> tuple[str, dict[str, Any]] | None:
        """What was asked since then and of which browser; it can be answered still."""

    def take_asked(self, key: str, kind: str, since: datetime) -> tuple[str, dict[str, Any]] | None:
        """What was asked since then and of which browser, this once."""


class Vouched:
    """Lets in whom others vouch for."""

    def __init__(self, accounts: Accounts, identities: Identities) -> None:
        self.accounts, self.identities = accounts, identities

    def admit(self, known: Known, terms: Terms, via: str) -> str:
        """The secret of a new session for somebody.

        Args:
            known: as the issuer vouches for them. terms: what holds for those whom it sends.
            via: by which way they come, for the log and the way out.

        Raises:
            Untrusted: they have no account here, or a closed one.
        """
        person = self.identities.person_of(known.issuer, known.subject)
        person = person or self._found(known) or self._joined(known, terms)
        if person is None or not person.active:
            why = "an account that is closed" if person else "nobody who was invited"
            raise refused(why, person.id if person else "")
        sid = _session(known.issuer, known.sid) if known.sid else ""
        return self.accounts.begin(self._placed(person, known, terms), via, sid)

    def end(self, ended: Ended, via: str) -> int:
        """End the sessions here of a session elsewhere, or of all that somebody has there.

        Of somebody who is named, those go as well of which it is not known where they came from.

        Args:
            ended: what its issuer says. via: by which way the sessions began.

        Returns:
            How many ended.

        Raises:
            Untrusted: it was said before.
        """
        now = self.accounts.now()
        number = hashlib.sha256(f"{ended.issuer} {ended.number}".encode()).hexdigest()
        if not self.identities.first(number, "ended", now - ANSWERED_IN, now):
            raise refused("a sign-out that was said before")
        person = ""
        if ended.subject:
            found = self.identities.person_of(ended.issuer, ended.subject)
            if found is None:
                return 0
            person = found.id
        sid = _session(ended.issuer, ended.sid) if ended.sid else ""
        return self.accounts.people.end_vouched(via, person, sid, now)

    def launched(
        self, known: Known, role: Role, programme: str, links: bool, by: Person | None = None
    ) -> Person:
        """Somebody whom a learning platform sends or lists: known, linked, or new.

        A new person gets the role and programme that are given; one who is known keeps theirs.

        Args:
            known: as the platform vouches for them. role, programme: for a new person.
            links: whether its addresses are believed, for new people and the programme's own.
            by: who asked the platform for its list; None where they come by themselves.

        Raises:
            Untrusted: their account is closed.
        """
        person = self.identities.person_of(known.issuer, known.subject)
        there = self.accounts.people.by_email(known.email.strip().lower())
        if person is None and links and there and _is_within(there, programme):
            person = self._found(known, by)
        if person is None:
            try:
                address = as_email(known.email if links and not there else "")
            except NotAllowed:  # one that nobody proved would be opened by whoever proves it later
                seen = f"{known.issuer} {known.subject}".encode()
                address = f"{hashlib.sha256(seen).hexdigest()[:24]}@{NOWHERE}"
            person = self.add(known, address, role, programme, by)
        if not person.active:
            raise refused("an account that is closed", person.id)
        return person

    def _found(self, known: Known, by: Person | None = None) -> Person | None:
        """An invited person by the verified address; linked from now on."""
        person = self.accounts.people.by_email(known.email.strip().lower()) if known.email else None
        if person is None or not person.active:
            return person
        who = by.id if by else person.id
        deed = Deed(who, "was linked", person.id, f"to {known.issuer}"[:500])
        now = self.accounts.now()
        if not self.identities.link(person.id, known.issuer, known.subject, deed, now):
            raise refused("another subject's address", person.id)
        return person

    def called(self, person: Person, name: str, by: Person) -> None:
        """Call a resident whom a platform alone vouches for as its list calls them now."""
        new = " ".join(name.split())[:120]
        theirs = person.role == Role.RESIDENT and not person.has_address
        if theirs and new and new != person.name:
            deed = Deed(by.id, "changed a name", person.id, "by a platform's list")
            self.accounts.people.change(person.id, {"name": new}, deed, self.accounts.now())

    def _joined(self, known: Known, terms: Terms) -> Person | None:
        """A new resident, where the settings let in people of their address."""
        try:
            email = as_email(known.email)
        except NotAllowed:
            return None
        if email.rpartition("@")[2] not in terms.domains:
            return None
        return self.add(known, email, Role.RESIDENT, terms.programme)

    def add(
        self, known: Known, email: str, role: Role, programme: str, by: Person | None = None
    ) -> Person:
        """A new person, whom the issuer vouches for; `by` is who asked it for them."""
        new = Person(
            uuid.uuid4().hex,
            role,
            programme,
            (" ".join(known.name.split()) or email.partition("@")[0])[:120],
            email,
            "P-" + "".join(secrets.choice(LETTERS) for _ in range(8)),
            created_at=self.accounts.now(),
        )
        detail = f"{role.value}, {programme}, by {known.issuer}"[:500]
        deed = Deed(by.id if by else new.id, "joined", new.id, detail)
        now = self.accounts.now()
        self.identities.add_linked(new, known.issuer, known.subject, deed, now)
        return new

    def _placed(self, person: Person, known: Known, terms: Terms) -> Person:
        """The person with the role and programme that the issuer's words mean."""
        if person.role in OVER_ALL:
            return person
        role, programme = person.role, person.programme
        if terms.roles:
            meant = [terms.roles[w] for w in known.roles if w in terms.roles]
            role = max(meant, key=RANK.index, default=Role.RESIDENT)
        if terms.programmes:
            programme = next(
                (terms.programmes[w] for w in known.programmes if w in terms.programmes), programme
            )
        if (role, programme) == (person.role, person.programme):
            return person
        detail = f"from {person.role.value}, {person.programme} to {role.value}, {programme}"
        deed = Deed(person.id, "changed a role", person.id, f"{detail}, by the institution")
        columns = {"role": role.value, "programme": programme}
        self.accounts.people.change(person.id, columns, deed, self.accounts.now())
        return replace(person, role=role, programme=programme)

    def note_refusal(self, why: str, person: str, via: str, machine: str) -> None:
        """Write into the audit log that somebody was not let in, and why.

        Of one machine no more than so many in a while: the log is no place to be filled from afar.
        """
        now = self.accounts.now()
        keys = (hashlib.sha256(f"refused {machine}".encode()).hexdigest(),)
        (before,) = self.accounts.people.failures(keys, now - FAILED_IN)
        if before < MOST_FAILED_FROM:
            detail = f"{via}: {why}; from {machine}"[:500]
            deed = Deed(NOBODY, "failed to sign in", person, detail)
            self.accounts.people.add_failure(keys, now - FAILED_IN, deed, now)


def _is_within(person: Person, programme: str) -> bool:
    """Whether a platform of a programme's may vouch for a person: none of those over all."""
    return person.programme == programme and person.role not in OVER_ALL


def _session(issuer: str, sid: str) -> str:
    """Under what it is kept of which session at an issuer a session is."""
    return hashlib.sha256(f"sid {issuer} {sid}".encode()).hexdigest()
