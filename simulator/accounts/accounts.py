"""Accounts: invitations, sign-in, sessions, roles, and the end of an account."""

from __future__ import annotations

import hashlib
import logging
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulator.accounts import passwords
from simulator.accounts.ledger import ANSWERS, NOBODY, OPERATOR, Deed
from simulator.accounts.people import (
    Person,
    Role,
    as_email,
    as_programme,
    as_role,
    may_manage,
)
from simulator.accounts.store import People
from simulator.accounts.tokens import Tokens
from simulator.encounter.clock import SteadyClock
from simulator.errors import NotAllowed
from simulator.settings import Settings

logger = logging.getLogger(__name__)
INVITED_FOR = timedelta(days=7)
MOST_FAILED, MOST_FAILED_FROM = 10, 60  # sign-ins that fail for one address, and from one machine
FAILED_IN = timedelta(minutes=15)
CLOSED = "closed an account"
TOUCH_AFTER = timedelta(seconds=30)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
NOT_YOURS = "There is no such person whom you may see to."


@dataclass(frozen=True, slots=True)
class Limits:
    """When a session ends: unused for so long, and in any case after so long."""

    idle: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=12)


class Accounts:
    """All that can be done with accounts; every deed is written into the audit log with it."""

    def __init__(
        self,
        people: People,
        limits: Limits | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.people, self.limits, self.now = people, limits or Limits(), now or SteadyClock()
        self.tokens = Tokens(people, self.now)

    def invite(
        self, by: Person | None, email: str, name: str, role: str, programme: str
    ) -> tuple[Person, str]:
        """A new person, and the token of the link by which a password is chosen.

        Args:
            by: who invites; None at the command line. email, name, role, programme: of the person.

        Raises:
            NotAllowed: it does not fit, there is such a person, or this is not theirs to do.
        """
        given = as_role(role)
        new = Person(
            uuid.uuid4().hex,
            given,
            as_programme(programme, given),
            " ".join(name.split())[:120],
            as_email(email),
            "P-" + "".join(secrets.choice(LETTERS) for _ in range(8)),
            joined=False,
            created_at=self.now(),
        )
        if not new.name:
            raise NotAllowed("Give the person's name.")
        if by is not None and not may_manage(by, new.role, new.programme):
            raise NotAllowed(f"You may not invite a {new.role.value} to this programme.")
        if self.people.by_email(new.email) is not None:
            raise NotAllowed(f"{new.email} has an account already; make a new link for it instead.")
        detail = f"{new.role.value}, {new.programme or 'all programmes'}"
        self.people.add(new, Deed(_by(by), "invited", new.id, detail), self.now())
        return new, self._link(by, new)

    def new_link(self, by: Person | None, person_id: str) -> tuple[Person, str]:
        """The token of a link by which somebody chooses a password anew; earlier links are void."""
        person = self.manageable(by, person_id)
        return person, self._link(by, person)

    def _link(self, by: Person | None, person: Person) -> str:
        token = secrets.token_urlsafe(32)
        deed = Deed(_by(by), "made a link", person.id)
        self.people.put_invitation(_key(token), person.id, deed, self.now())
        return token

    def invited(self, token: str) -> Person:
        """Whom a link is for.

        Raises:
            NotAllowed: it was used, is too old, or was made by nobody.
        """
        person = self.people.invited(_key(token), self.now() - INVITED_FOR)
        if person is None or not person.active:
            raise NotAllowed(
                "This link was used, is older than seven days, or a newer one took its place. "
                "Ask the person who sent it for a new one."
            )
        return person

    def accept(self, token: str, password: str) -> str:
        """Choose a password by a link, which is used up by it; the secret of a new session."""
        person = self.invited(token)
        kept = passwords.hashed(password, person.email, person.name)
        if not self.people.use_invitation(_key(token), self.now() - INVITED_FOR):
            self.invited(token)  # used up meanwhile: say so
        self.people.set_password(
            person.id, kept, Deed(person.id, "chose a password", person.id), self.now()
        )
        return self.begin(person)

    def sign_in(self, email: str, password: str, machine: str) -> str:
        """The secret of a new session for whoever knows the password.

        Raises:
            NotAllowed: it is the wrong one, or too many were tried; whether the address or the
                password is wrong is not told.
        """
        return self.begin(self._checked(email, password, machine))

    def _checked(self, email: str, password: str, machine: str) -> Person:
        """The person whose password that is; what fails is counted, by address and by machine."""
        email = email.strip().lower()[:320]
        keys = failing(email), _key(f"machine {machine}")
        by_email, by_machine = self.people.failures(keys, self.now() - FAILED_IN)
        if by_email >= MOST_FAILED or by_machine >= MOST_FAILED_FROM:
            raise NotAllowed(
                "Too many sign-ins failed. Wait fifteen minutes, or ask for a new link."
            )
        person = self.people.by_email(email)
        kept = self.people.password(person.id) if person else None
        right = passwords.matches(kept, password)
        if person is not None and right and person.active:
            self.people.forget_failures(keys[0])
            return person
        what = "was locked out" if by_email + 1 >= MOST_FAILED else "failed to sign in"
        deed = Deed(NOBODY, what, person.id if person else "", f"from {machine}")
        self.people.add_failure(keys, self.now() - FAILED_IN, deed, self.now())
        raise NotAllowed("That e-mail address and password do not belong together.")

    def begin(self, person: Person, via: str = "", sid: str = "") -> str:
        """The secret of a new session for somebody who was made out.

        Args:
            person: whose. via: who vouches for them, where no password did.
            sid: the digest of the session that they have there, if it is known.
        """
        secret = secrets.token_urlsafe(32)
        deed = Deed(person.id, "signed in", person.id, f"by {via}" if via else "")
        dead = self.now() - self.limits.longest
        self.people.add_session(_key(secret), person.id, dead, deed, self.now(), via, sid)
        return secret

    def via(self, secret: str) -> str:
        """Who vouched for whoever began a session; empty where a password did."""
        return self.people.session_via(_key(secret))

    def session(self, secret: str, in_use: bool = True) -> Person | None:
        """Whose session a secret opens; None where it has ended.

        Args:
            secret: as the browser keeps it. in_use: whether a person is at work, and not an open
                page by itself.
        """
        found = self.people.session(_key(secret))
        if found is None:
            return None
        person, began, used = found
        now = self.now()
        if not person.active or now > used + self.limits.idle or now > began + self.limits.longest:
            return None
        if in_use and now > used + TOUCH_AFTER:
            self.people.touch_session(_key(secret), now)
        return person

    def sign_out(self, person: Person, secret: str = "") -> None:
        """End one session, or without its secret all that the person has."""
        what = "signed out" if secret else "signed out everywhere"
        key = _key(secret) if secret else ""
        self.people.end_sessions(person.id, key, Deed(person.id, what, person.id), self.now())

    def change_password(self, person: Person, old: str, new: str, machine: str) -> str:
        """Choose another password; all sessions end, and a new one begins.

        Raises:
            NotAllowed: the old one is wrong, or the new one will not do.
        """
        self._checked(person.email, old, machine)
        kept = passwords.hashed(new, person.email, person.name)
        deed = Deed(person.id, "chose a password", person.id)
        self.people.set_password(person.id, kept, deed, self.now())
        return self.begin(person)

    def consent(self, person: Person, version: str) -> None:
        """Note that the person has read what this is, and agrees."""
        deed = Deed(person.id, "agreed", person.id, f"to version {version}")
        self.people.change(person.id, {"consented": version}, deed, self.now())

    def change_role(self, by: Person | None, person_id: str, role: str, programme: str) -> Person:
        """Give a person another role; it holds from the person's next request on."""
        person, given = self.manageable(by, person_id), as_role(role)
        changed = replace(person, role=given, programme=as_programme(programme, given))
        if by is not None and not may_manage(by, changed.role, changed.programme):
            raise NotAllowed(f"You may not make anybody {changed.role.value} of this programme.")
        detail = (
            f"from {person.role.value}, {person.programme or 'all programmes'} "
            f"to {changed.role.value}, {changed.programme or 'all programmes'}"
        )
        deed = Deed(_by(by), "changed a role", person.id, detail)
        columns = {"role": changed.role.value, "programme": changed.programme}
        self.people.change(person.id, columns, deed, self.now())
        return changed

    def close(self, by: Person | None, person_id: str) -> Person:
        """Shut somebody out; their sessions and tokens end at once, their rows stay."""
        person = self.manageable(by, person_id)
        deed = Deed(_by(by), CLOSED, person.id)
        self.people.change(person.id, {"active": False}, deed, self.now())
        return person

    def reopen(self, by: Person | None, person_id: str) -> Person:
        """Let somebody in again who was shut out."""
        person = self.manageable(by, person_id)
        deed = Deed(_by(by), "reopened an account", person.id)
        self.people.change(person.id, {"active": True}, deed, self.now())
        return person

    def manageable(self, by: Person | None, person_id: str) -> Person:
        """A person whom somebody may see to.

        Raises:
            NotAllowed: there is none; oneself is none either.
        """
        person = self.people.person(person_id)
        if person is None or not (by is None or _sees_to(by, person)):
            raise NotAllowed(NOT_YOURS)
        return person

    def people_of(self, by: Person) -> list[Person]:
        """The people whom somebody may see to."""
        return [p for p in self.people.everybody() if _sees_to(by, p)]

    def ask_for(self, person: Person, what: str) -> None:
        """Note that somebody asks for a copy of their record, or to have it erased; once is enough.

        Raises:
            NotAllowed: it is neither.
        """
        if what not in ANSWERS:
            raise NotAllowed(f"{what[:40]!r} is not one of {', '.join(ANSWERS)}.")
        if what not in (line.deed.what for line in self.people.requests(person.id)):
            self.record(person, what, person.id)

    def record(self, by: Person, what: str, row: str = "", detail: str = "") -> None:
        """Write into the audit log what somebody did."""
        self.people.record(Deed(by.id, what, row[:200], detail[:500]), self.now())


def open_accounts(settings: Settings, people: People) -> Accounts:
    """The accounts of an installation; says in the log how the first one is made."""
    idle = timedelta(minutes=settings.session_idle_minutes)
    accounts = Accounts(people, Limits(idle, timedelta(hours=settings.session_hours)))
    if not any(p.role == Role.ADMIN and p.active for p in people.everybody()):
        logger.warning(
            "accounts are on and there is no admin: "
            "python -m simulator accounts invite EMAIL --role admin --name NAME"
        )
    return accounts


def failing(email: str) -> str:
    """Under what it is counted that sign-ins failed for an address."""
    return _key(f"email {email}")


def _sees_to(by: Person, person: Person) -> bool:
    return by.id != person.id and may_manage(by, person.role, person.programme)


def _by(by: Person | None) -> str:
    return by.id if by else OPERATOR


def _key(secret: str) -> str:
    """Under what a secret is kept: whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
