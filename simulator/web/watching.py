"""How the program is watched: each request counted and named in the log, and /metrics.

Of an address only its name among the rules is told, never what stands in its places: an
invitation's token may be one of these.
"""

from __future__ import annotations

import hmac
import logging
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr
from fastapi import APIRouter, FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator import logs
from simulator.accounts.people import Person
from simulator.metrics import MEDIA, Metrics
from simulator.services import Services
from simulator.settings import Settings, is_loopback
from simulator.web.access import PERSON, TRAIL, Rulebook

logger = logging.getLogger(__name__)
REQUEST_ID = b"x-request-id"  # believed of a proxy alone
ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
FORWARDED = "vsp.forwarded"  # whether a request came with a proxy's headers, believed or not
FAILED = 500  # what is told of a request that was never answered


@dataclass(frozen=True)
class Watch:
    """What is watched, and where it is counted."""

    site: FastAPI
    metrics: Metrics
    prefix: str = ""  # under which the program is served
    open: Counter[str] = field(default_factory=Counter)  # requests under way, by browser


class Watched:
    """Counts every request, names it, and says in the log how it was answered."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self.app, self.watch = app, watch
        self._rules: Rulebook | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through under a name of its own."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trail = scope[TRAIL] = logs.Trail(_id_of(scope), lambda: _pseudonym(scope))
        token, began, status, answered = logs.TRAIL.set(trail), time.perf_counter(), FAILED, 0.0

        async def answer(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], time.perf_counter() - began
                MutableHeaders(scope=message)[REQUEST_ID.decode()] = trail.request
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            whole = time.perf_counter() - began
            self._tell(scope, status, answered or whole, whole)
            logs.TRAIL.reset(token)

    def _tell(self, scope: Scope, status: int, answered: float, whole: float) -> None:
        self._rules = self._rules or Rulebook(self.watch.site)  # Gradio's pages are mounted last
        path = str(scope["path"]).removeprefix(self.watch.prefix) or "/"
        route = self._rules.called(scope["method"], path)
        self.watch.metrics.request(route, status, answered)
        more = {"event": "request", "route": route, "status": status, "ms": round(whole * 1000, 1)}
        logger.info("%s %s", route, status, extra=more)


def _id_of(scope: Scope) -> str:
    """How a request is named: as a proxy that is believed named it, or anew."""
    given = Headers(scope=scope).get(REQUEST_ID.decode(), "")
    return given if ID.match(given) else uuid.uuid4().hex


def _pseudonym(scope: Scope) -> str:
    """Who sent a request, as the log may say it."""
    person: Person | None = scope.get(PERSON)
    return (person.pseudonym or person.id[:8]) if person else ""


def add_gauges(watch: Watch, pages: gr.Blocks, services: Services) -> None:
    """Have what waits and what is under way told with the counts."""
    metrics, settings = watch.metrics, services.settings
    setup = {"voice": settings.voice, "reader": services.encoder.base.name}
    setup["database"] = "file" if isinstance(settings.store, Path) else "server"
    metrics.gauge("requests_open", "Requests under way.", watch.open.total)
    metrics.gauge("queue_waiting", "Events of pages that wait.", lambda: len(pages._queue))
    metrics.gauge("queue_running", "And that run.", pages._queue.get_active_worker_count)
    metrics.gauge("model", "Calls that wait, and whether it rests.", services.model_state, "state")
    about = "How the program is set up."
    metrics.gauge("setup", about, lambda: {f"{k}={v}": 1.0 for k, v in setup.items()}, "choice")


def router(metrics: Metrics, settings: Settings) -> APIRouter:
    """/metrics, for whoever brings the token; without one set, for this machine's own programs."""
    routes = APIRouter()
    token = settings.metrics_token.get_secret_value().strip()

    @routes.get("/metrics")
    def counted(request: Request) -> Response:
        if not _may_read(request, token):
            return JSONResponse({"detail": "Not Found"}, 404)
        return Response(metrics.exposed(), media_type=MEDIA)

    return routes


def _may_read(request: Request, token: str) -> bool:
    """Whether a request brings the token, or comes from this machine and through nobody."""
    if token:
        said = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(said, f"Bearer {token}".encode())
    host = request.client.host if request.client else ""
    direct = not request.scope.get(FORWARDED, True)
    return direct and is_loopback(host) and is_loopback(request.url.hostname or "")
