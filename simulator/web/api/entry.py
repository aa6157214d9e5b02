"""How a program comes in to the API: by a token where there are accounts, else from this machine.

A browser's cookie opens nothing here where there are accounts, so that no page elsewhere can have
a browser do something. Where there are none, the edge answers to this machine's names alone and
refuses what a page elsewhere sends, and `from_here` what a browser says it was sent for one.
"""

from __future__ import annotations

import hashlib
import json
import logging

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from simulator.accounts.accounts import Accounts
from simulator.accounts.people import Person, alone
from simulator.accounts.tokens import Token
from simulator.web.access import Rule, allows
from simulator.web.api.words import Problem, words
from simulator.web.problems import problem, told
from simulator.web.views import fill

logger = logging.getLogger(__name__)
TOKEN = "vsp.token"  # noqa: S105 - where a request carries by which token it came in
PROGRAMS = hashlib.sha256(b"the programs of this machine").hexdigest()


def this_machine() -> Person:
    """Who a program is that sends no browser's cookie, where there are no accounts."""
    return alone(PROGRAMS)


def from_here(request: Request, response: Response) -> None:
    """Let in what no browser sends for a page elsewhere; what is told is kept by nobody between.

    Raises:
        Problem: a browser says that it does.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Problem(403, words()["refused"]["foreign"])
    response.headers["Cache-Control"] = "no-store"


class ByToken:
    """Who comes in by a token, and whether the rule of what they ask for and its scope let them."""

    look_again_s = 0.0  # a stream asks before each piece whether its token still stands

    def __init__(self, accounts: Accounts, consent: str) -> None:
        self.tokens, self.consent = accounts.tokens, consent

    async def person(self, request: Request, at_work: bool) -> Person | None:
        """Whose token a request brings, as they are now; None where it opens nothing."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = await run_in_threadpool(self.tokens.opens, secret.strip())
        if found is None:
            return None
        person, request.scope[TOKEN] = found
        return person

    def refusal(
        self, request: Request, rule: Rule | None, person: Person | None
    ) -> Response | None:
        """Why a request is not let in; None where it is."""
        w = words()["refused"]
        if rule is not None and rule.may is None:
            return None
        if person is None:
            sent = "authorization" in request.headers
            return problem(401, w["ended" if sent else "nobody"], {"WWW-Authenticate": "Bearer"})
        if person.consented != self.consent:
            return problem(403, w["consent"])
        if rule is None:
            return problem(404, w["nowhere"])
        if not allows(rule, person):
            logger.warning("refused to %s: %s %s", person.pseudonym, request.method, rule.may)
            return problem(403, fill(w["closed"], role=person.role.value))
        token: Token = request.scope[TOKEN]
        if rule.scope is None or rule.scope not in token.scopes:
            return problem(403, fill(w["scope"], scope=rule.scope or "…"))
        return None

    def no(self, status: int, sentence: str) -> Response:
        """An answer that is none."""
        return problem(status, sentence)

    def detail(self, request: Request) -> str:
        """What the audit log says beside a deed: by which token it was done."""
        token: Token | None = request.scope.get(TOKEN)
        return f"by token {token.id}" if token else ""

    def last_words(self) -> bytes:
        """What a stream ends with when its token does."""
        said = json.dumps(told(401, words()["refused"]["ended"]))
        return f"event: problem\ndata: {said}\n\n".encode()
