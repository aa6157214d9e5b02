"""The gate: says who sends a request, and lets it in where its rule does.

Without accounts whoever sits at this computer is known by a secret of the browser's; with them
by a session that began with a password. Nothing behind the gate asks for either.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
import uuid
from typing import Protocol
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator import logs
from simulator.accounts.accounts import Accounts
from simulator.accounts.people import Person, alone
from simulator.errors import SimulatorError
from simulator.web import faults
from simulator.web.access import PERSON, Rule, Rulebook, allows
from simulator.web.accounts.pages import words
from simulator.web.api.entry import ByToken, this_machine
from simulator.web.cookies import COOKIE, COOKIE_S, secret_of, set_cookie
from simulator.web.edge import SAFE_METHODS
from simulator.web.problems import is_api

logger = logging.getLogger(__name__)
TOKEN = re.compile(r"^[0-9a-f]{32}$")
LOOK_AGAIN_S = 2.0  # how long a stream goes on after its session ended
BY_ITSELF = re.compile(  # what an open page asks though nobody is at it
    r"^/practice/(room/[^/]+|gradio_api/(heartbeat/.*|queue/data))$"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SafeHeaders:
    """Puts the safe headers on every answer that has none of its own."""

    def __init__(self, app: ASGIApp, microphone: bool = False) -> None:
        """Wrap an application, whose own pages may ask for the microphone where that is said."""
        self.app, self.headers = app, dict(HEADERS)
        if microphone:
            self.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with them."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, answer)


class KnowBrowser:
    """Without accounts: each browser has a secret, by which its encounters are found again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the secret to a first request, and renew it with every page."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = Request(scope).cookies.get(COOKIE, "")
        if is_api(path_of(scope)) and not TOKEN.match(known):
            scope[PERSON] = this_machine()
            await self.app(scope, receive, send)
            return
        fresh = "" if TOKEN.match(known) else uuid.uuid4().hex
        secret = fresh or known
        kept_for = set_cookie(scope, COOKIE, secret, COOKIE_S)
        scope[PERSON] = alone(hashlib.sha256(secret.encode()).hexdigest())

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if fresh or headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", kept_for)
            await send(message)

        await self.app(scope, receive, answer)


class Way(Protocol):
    """A way in: how somebody is known, and what is said to those who are not let in."""

    @property
    def look_again_s(self) -> float:
        """How long a stream may go on before it is asked again whether it may."""

    async def person(self, request: Request, at_work: bool) -> Person | None:
        """Who sends a request; None where that is nobody who is known."""

    def refusal(
        self, request: Request, rule: Rule | None, person: Person | None
    ) -> Response | None:
        """Why a request is not let in, or where it goes first; None where it is let in."""

    def no(self, status: int, sentence: str) -> Response:
        """An answer that is none."""

    def detail(self, request: Request) -> str:
        """What the audit log says beside a deed."""

    def last_words(self) -> bytes:
        """What a stream ends with that may not go on."""


class Gate:
    """With accounts: who comes in, and whether the rule of what they ask for lets them."""

    def __init__(self, app: ASGIApp, site: FastAPI, accounts: Accounts, consent: str) -> None:
        self.app, self.site, self.accounts = app, site, accounts
        self.sessions, self.tokens = BySession(accounts, consent), ByToken(accounts, consent)
        self._rules: Rulebook | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, send to the sign-in, or refuse; what the rule says is recorded."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, path = Request(scope), path_of(scope)
        way: Way = self.tokens if is_api(path) else self.sessions
        self._rules = self._rules or Rulebook(self.site)  # Gradio's pages are mounted last
        try:
            person = await way.person(request, at_work=not BY_ITSELF.match(path))
            rule, row = self._rules.find(scope["method"], path) or (None, "")
            refusal = way.refusal(request, rule, person)
            if refusal is None:
                scope[PERSON] = person
                send = self._watched(way, request, send, rule, person, row)
                await self.app(scope, receive, send)
                return
        except SimulatorError as error:
            refusal = way.no(503, faults.sentence(error))
        await refusal(scope, receive, send)

    def _record(
        self, way: Way, request: Request, person: Person, what: str, row: str
    ) -> Response | None:
        """Write into the log what is about to be done; the refusal where that cannot be."""
        try:
            self.accounts.record(person, what, row, way.detail(request))
        except SimulatorError as error:
            logger.error("kept back, since the log took no line: %s", what, extra=logs.KEPT_BACK)
            return way.no(503, faults.sentence(error))
        return None

    def _watched(
        self,
        way: Way,
        request: Request,
        send: Send,
        rule: Rule | None,
        person: Person | None,
        row: str,
    ) -> Send:
        """The way back: what is recorded is recorded first, and a stream ends with its session."""
        looked, streams, over = time.monotonic(), False, False

        async def answer(message: Message) -> None:
            nonlocal looked, streams, over
            if over:
                return
            if message["type"] == "http.response.start":
                kind = MutableHeaders(scope=message).get("content-type", "")
                streams = kind.startswith("text/event-stream")
                if rule and rule.records and person and message["status"] < 400:
                    fault = await run_in_threadpool(
                        self._record, way, request, person, rule.records, row
                    )
                    if fault is not None:  # what was to be handed out stays here
                        over = True
                        await fault(request.scope, request.receive, send)
                        return
            elif streams and rule and time.monotonic() >= looked + way.look_again_s:
                looked = time.monotonic()
                if not allows(rule, await way.person(request, at_work=False)):
                    over = True
                    message = {"type": "http.response.body", "body": way.last_words()}
            await send(message)

        return answer


class BySession:
    """Who has signed in, by the session of their browser; whoever has not is sent to do so."""

    def __init__(self, accounts: Accounts, consent: str) -> None:
        self.accounts, self.consent = accounts, consent

    @property
    def look_again_s(self) -> float:
        """How long a stream goes on after its session ended."""
        return LOOK_AGAIN_S

    async def person(self, request: Request, at_work: bool) -> Person | None:
        """Whose session a request brings."""
        secret = secret_of(request)
        if not secret:
            return None
        return await run_in_threadpool(self.accounts.session, secret, at_work)

    def refusal(
        self, request: Request, rule: Rule | None, person: Person | None
    ) -> Response | None:
        """Why a request is not let in, or where it goes first; None where it is let in."""
        if rule is not None and rule.may is None:
            return None if rule.foreign or _is_ours(request) else _no(403, "foreign")
        if person is None:
            return _elsewhere(request, "sign-in") or _no(401, "nobody")
        agreed = person.consented == self.consent or (rule is not None and rule.at_once)
        if not agreed:
            return _elsewhere(request, "consent") or _no(403, "consent")
        if rule is None:
            return _no(404, "nowhere")
        if not allows(rule, person):
            logger.warning("refused to %s: %s %s", person.pseudonym, request.method, rule.may)
            return _elsewhere(request, "") or _no(403, "closed")
        return None if _is_ours(request) else _no(403, "foreign")

    def no(self, status: int, sentence: str) -> Response:
        """An answer that is none."""
        return JSONResponse({"detail": sentence}, status)

    def detail(self, request: Request) -> str:
        """Nothing more than who it was."""
        return ""

    def last_words(self) -> bytes:
        """A page whose session ended asks again by itself, and is told."""
        return b""


def path_of(scope: Scope) -> str:
    """The path that is asked for, without the prefix under which the program is served."""
    return str(scope["path"]).removeprefix(scope.get("root_path", "")) or "/"


def _is_ours(request: Request) -> bool:
    """Whether a request changes nothing, or a page of our own sent it; the edge knows our names."""
    if request.method in SAFE_METHODS:
        return True
    return bool(urlsplit(request.headers.get("origin", "")).netloc)


def _elsewhere(request: Request, page: str) -> Response | None:
    """The way to an account page, for whoever opens a page in a browser."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return None
    path = path_of(request.scope)
    query = f"?{request.url.query}" if request.url.query else ""
    back = f"?next={quote(path + query)}" if page and path != "/" else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/account/{page}{back}", 303)


def _no(status: int, why: str) -> Response:
    return JSONResponse({"detail": words()["refused"][why]}, status)
