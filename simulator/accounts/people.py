"""Who people are, what each role may do, and whose rows a person reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from simulator.errors import NotAllowed

PROGRAMME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
NOWHERE = "platform.invalid"  # a name that no mail goes to, by RFC 2606
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}")


class Role(StrEnum):
    """What a person is here."""

    RESIDENT = "resident"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    COURSE_LEAD = "course lead"
    ADMIN = "admin"
    AUDITOR = "auditor"
    ALONE = "single user"  # whoever sits at a computer without accounts; nobody is given it


class Permission(StrEnum):
    """What somebody may do; on which rows is a question of its own."""

    OWN_ACCOUNT = "see and close the own account"
    PRACTISE = "hold encounters of one's own"
    READ_CASES = "open the studio, try and test patients"
    WRITE_CASES = "write patients"
    RELEASE_CASES = "release and retire patients"
    READ_ENCOUNTERS = "see the encounters of one's programme"
    ASSIGN = "make cohorts and set assignments"
    CORRECT_SCORES = "correct scores in one's programme"
    SEE_NAMES = "see whose an encounter is, not a pseudonym"
    MANAGE_PEOPLE = "invite people, give roles, close accounts"
    READ_LOG = "read the audit log"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset({_P.PRACTISE}),
    Role.AUTHOR: frozenset({_P.PRACTISE, _P.READ_CASES, _P.WRITE_CASES}),
    Role.REVIEWER: frozenset(
        {
            _P.PRACTISE,
            _P.READ_CASES,
            _P.RELEASE_CASES,
            _P.READ_ENCOUNTERS,
            _P.CORRECT_SCORES,
            _P.SEE_NAMES,
        }
    ),
    Role.COURSE_LEAD: frozenset(set(Permission) - {_P.OWN_ACCOUNT, _P.READ_LOG}),
    Role.ADMIN: frozenset({_P.PRACTISE, _P.SEE_NAMES, _P.MANAGE_PEOPLE, _P.READ_LOG}),
    Role.AUDITOR: frozenset({_P.READ_ENCOUNTERS, _P.READ_LOG}),
    Role.ALONE: frozenset(set(Permission) - {_P.OWN_ACCOUNT, _P.MANAGE_PEOPLE, _P.READ_LOG}),
}
OVER_ALL = frozenset({Role.ADMIN, Role.AUDITOR})  # may belong to no programme: then to every one
UNDER_A_LEAD = frozenset({Role.RESIDENT, Role.AUTHOR, Role.REVIEWER})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the program; `programme` is empty for those who see to all of them."""

    id: str
    role: Role
    programme: str = ""
    name: str = ""
    email: str = ""
    pseudonym: str = ""
    active: bool = True
    joined: bool = True  # has chosen a password
    consented: str = ""  # the version of the words that were agreed to
    created_at: datetime | None = None

    @property
    def has_address(self) -> bool:
        """Whether an e-mail address of theirs is known, or one stands in for it."""
        return not self.email.endswith(f"@{NOWHERE}")

    def may(self, permission: Permission) -> bool:
        """Whether the person may do this at all."""
        if not self.active:
            return False
        own = permission == Permission.OWN_ACCOUNT and self.role != Role.ALONE
        return own or permission in GRANTS[self.role]

    def reaches(self, programme: str) -> bool:
        """Whether rows of a programme are within this person's reach."""
        over_all = self.programme == "" and self.role in OVER_ALL
        return self.active and (over_all or self.programme == programme)

    def leads(self, programme: str) -> bool:
        """Whether the person sets things to the cohorts of this very programme."""
        return self.may(Permission.ASSIGN) and self.programme == programme

    def calls(self, other: Person) -> str:
        """How this person is told of another: by name, or by a pseudonym."""
        named = self.may(Permission.SEE_NAMES) or self.id == other.id
        return (other.name or other.email) if named else other.pseudonym


def alone(browser: str) -> Person:
    """The person at a computer without accounts, by the browser's digest."""
    return Person(browser, Role.ALONE)


def may_manage(by: Person, role: Role, programme: str) -> bool:
    """Whether somebody may make, change or close an account of this role in this programme."""
    if not by.may(Permission.MANAGE_PEOPLE) or not by.reaches(programme):
        return False
    return by.role == Role.ADMIN or role in UNDER_A_LEAD


def as_email(text: str) -> str:
    """An e-mail address as it is kept: without spaces around it, in small letters.

    Raises:
        NotAllowed: it is none.
    """
    email = text.strip().lower()
    if not EMAIL.fullmatch(email):
        raise NotAllowed(f"{text.strip()[:80]!r} is no e-mail address.")
    return email


def as_role(text: str) -> Role:
    """The role of that name, of those that can be given.

    Raises:
        NotAllowed: there is none.
    """
    given = [r for r in Role if r != Role.ALONE]
    if text not in given:
        raise NotAllowed(f"{text!r} is not one of {', '.join(given)}.")
    return Role(text)


def as_programme(text: str, role: Role) -> str:
    """A programme's short name, which may be left out for those who see to all of them.

    Raises:
        NotAllowed: it is no short name, or the role needs one.
    """
    programme = text.strip().lower()
    if not programme and role in OVER_ALL:
        return ""
    if not PROGRAMME.fullmatch(programme):
        raise NotAllowed(
            f"{text!r} is no programme; small letters, digits and hyphens make a short name, "
            f"which every {role.value} needs."
        )
    return programme
