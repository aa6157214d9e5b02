"""Tokens by which a person's own programs come in: what each may do, for how long, how it ends."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from simulator.accounts.ledger import OPERATOR, Deed
from simulator.accounts.people import Person
from simulator.errors import NotAllowed

SECRET = re.compile(r"vsp_[A-Za-z0-9_-]{43}")  # so begun that whoever finds one knows what it is
LONGEST_NAME, MOST_DAYS, MOST_TOKENS = 80, 366, 25
TOUCH_AFTER = timedelta(seconds=30)
NOT_YOURS = "There is no such token of yours that is still open."


class Scope(StrEnum):
    """A kind of thing that a token opens, where its person may do it at all."""

    CASES_READ = "cases:read"
    ENCOUNTERS_READ = "encounters:read"
    ENCOUNTERS_WRITE = "encounters:write"
    SCORES_READ = "scores:read"
    EXPORTS_READ = "exports:read"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; its secret was shown once, and only a digest of it is kept."""

    id: str
    person: str
    name: str
    scopes: frozenset[Scope]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None  # when it was taken back

    def stands(self, now: datetime) -> bool:
        """Whether it opens anything at a moment."""
        return self.ended_at is None and now < self.expires_at


class TokenStore(Protocol):
    """Where tokens are kept; a deed is stored with what it did."""

    def add_token(self, key: str, token: Token, deed: Deed, at: datetime) -> None:
        """Store a new token under the digest of its secret."""

    def token(self, key: str) -> tuple[Person, Token] | None:
        """A token by the digest of its secret, and whose it is."""

    def tokens_of(self, person_id: str) -> list[Token]:
        """A person's tokens, the newest first."""

    def touch_token(self, token_id: str, at: datetime) -> None:
        """Note that a token was used."""

    def end_token(self, person_id: str, token_id: str, deed: Deed, at: datetime) -> bool:
        """Take a person's token back; false where there is none that is not taken back."""


class Tokens:
    """The tokens of an installation."""

    def __init__(self, store: TokenStore, now: Callable[[], datetime]) -> None:
        self.store, self.now = store, now

    def make(
        self, by: Person | None, whose: Person, name: str, scopes: Iterable[str], days: int
    ) -> tuple[Token, str]:
        """A new token, and its secret, which nobody can be shown again.

        Args:
            by: who makes it; None at the command line. whose: as whom it comes in.
            name: what it is for. scopes: what it opens. days: how long it stands.

        Raises:
            NotAllowed: it does not fit, and the sentence says what would.
        """
        title, now = " ".join(name.split())[:LONGEST_NAME], self.now()
        if not title:
            raise NotAllowed("Give the token a name, such as the program that will use it.")
        chosen = frozenset(_scope(s) for s in scopes)
        if not chosen:
            raise NotAllowed(f"Choose at least one scope of {', '.join(Scope)}.")
        if not 1 <= days <= MOST_DAYS:
            raise NotAllowed(f"A token stands for 1 to {MOST_DAYS} days.")
        if sum(t.stands(now) for t in self.of(whose)) >= MOST_TOKENS:
            raise NotAllowed(f"There are {MOST_TOKENS} open tokens; take one back first.")
        secret = f"vsp_{secrets.token_urlsafe(32)}"
        ends = now + timedelta(days=days)
        made = Token(uuid.uuid4().hex, whose.id, title, chosen, now, ends)
        detail = f"token {made.id}: {' '.join(sorted(chosen))}, {days} days"
        self.store.add_token(_digest(secret), made, _deed(by, "made a token", whose, detail), now)
        return made, secret

    def of(self, whose: Person) -> list[Token]:
        """A person's tokens, the newest first, those that ended too."""
        return self.store.tokens_of(whose.id)

    def end(self, by: Person | None, whose: Person, token_id: str) -> None:
        """Take a token back: it opens nothing from now on, an open stream of its own included.

        Raises:
            NotAllowed: the person has no such token, or it was taken back already.
        """
        deed = _deed(by, "took a token back", whose, f"token {token_id[:32]}")
        if not self.store.end_token(whose.id, token_id, deed, self.now()):
            raise NotAllowed(NOT_YOURS)

    def opens(self, secret: str) -> tuple[Person, Token] | None:
        """Whom a secret lets in as, as they are now, and with what token; None where nobody."""
        found = self.store.token(_digest(secret)) if SECRET.fullmatch(secret) else None
        now = self.now()
        if found is None or not found[0].active or not found[1].stands(now):
            return None
        person, token = found
        if token.used_at is None or now > token.used_at + TOUCH_AFTER:
            self.store.touch_token(token.id, now)
            token = replace(token, used_at=now)
        return person, token


def _scope(text: str) -> Scope:
    if text not in list(Scope):
        raise NotAllowed(f"{text[:40]!r} is not one of {', '.join(Scope)}.")
    return Scope(text)


def _deed(by: Person | None, what: str, whose: Person, detail: str) -> Deed:
    return Deed(by.id if by else OPERATOR, what, whose.id, detail)


def _digest(secret: str) -> str:
    """Under what a secret is kept: whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
