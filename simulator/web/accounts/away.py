"""Browsers that are away to sign in elsewhere: what they were asked, bound to the very browser."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import Request, Response

from simulator.accounts.accounts import Accounts
from simulator.accounts.institution import ANSWERED_IN, Identities, refused
from simulator.web.cookies import set_cookie

AWAY = "vsp_away"
FOREIGN = ("lti", "lti choice")  # the ways that lead through a page of a platform's
Look = Callable[[str, str, datetime], tuple[str, dict[str, Any]] | None]
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_of(request: Request) -> str:
    """The name of the cookie; over TLS one that no other site can set."""
    return f"__Host-{AWAY}" if request.scope.get("scheme") == "https" else AWAY


class Away:
    """Remembers what browsers were sent away with; each is known again once."""

    def __init__(self, accounts: Accounts, identities: Identities) -> None:
        self.accounts, self.identities = accounts, identities

    def send(
        self, request: Request, answer: Response, kind: str, state: str, kept: dict[str, Any]
    ) -> Response:
        """Remember what goes along with a browser, and give it what it is known by.

        Args:
            request, answer: of the browser. kind: which way it goes. state: what comes back.
            kept: what is looked for then.
        """
        had = request.cookies.get(cookie_of(request), "")
        secret = had if SECRET.fullmatch(had) else secrets.token_urlsafe(32)
        now = self.accounts.now()
        self.identities.put_asked(digest(state), kind, digest(secret), kept, now - ANSWERED_IN, now)
        seconds = int(ANSWERED_IN.total_seconds())
        cookie = set_cookie(request.scope, cookie_of(request), secret, seconds)
        if kind in FOREIGN and "; Secure" in cookie:  # the platform's page posts the answer
            cookie = cookie.replace("SameSite=Lax", "SameSite=None")
            if request.headers.get("sec-fetch-dest") == "iframe":  # or shows ours within its own
                cookie += "; Partitioned"
        answer.headers.append("Set-Cookie", cookie)
        return answer

    def back(self, request: Request, kind: str, state: str) -> dict[str, Any]:
        """What a browser was sent away with.

        Raises:
            Untrusted: it was another browser, it took too long, or it came back before.
        """
        return self._of(request, self.identities.take_asked, kind, state)

    def seen(self, request: Request, kind: str, state: str) -> dict[str, Any]:
        """The same, without an end to it: the browser may come again.

        Raises:
            Untrusted: as above.
        """
        return self._of(request, self.identities.see_asked, kind, state)

    def _of(self, request: Request, look: Look, kind: str, state: str) -> dict[str, Any]:
        since = self.accounts.now() - ANSWERED_IN
        found = look(digest(state), kind, since) if state else None
        if found is None:
            raise refused("an answer that nobody waits for")
        browser, kept = found
        mine = digest(request.cookies.get(cookie_of(request), ""))
        if not hmac.compare_digest(mine.encode(), browser.encode()):
            raise refused("an answer brought by another browser")
        return kept


def digest(secret: str) -> str:
    """Under what a secret is kept: whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
