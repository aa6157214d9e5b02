"""The web application: pages, report downloads, who is asking, and safe headers."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import uuid
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.encounter.encounter import Encounters
from simulator.errors import NotAllowed
from simulator.evaluator.report import Report
from simulator.feedback import Feedback
from simulator.studio.desk import Desk
from simulator.web import edge, encounter, faults, health, library, talk, theme, views
from simulator.web.lost import WhereToGo
from simulator.web.review import routes as review
from simulator.web.room import Room
from simulator.web.sessions import OwnSessions
from simulator.web.studio import routes as studio
from simulator.web.studio.access import is_open

logger = logging.getLogger(__name__)
COOKIE = "vsp_resident"
COOKIE_S = 30 * 24 * 3600  # renewed whenever a page is opened
MAX_SESSIONS = 512  # open pages that Gradio remembers; each takes some 137 kB
WARM_AFTER_S = 1.5  # the first page comes first; whoever asks before then loads what is needed
STOP_S = 2.0  # how long a stop waits for answers under way, after the open pages were let go
PATH = "/practice"
TOKEN = re.compile(r"^[0-9a-f]{32}$")
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


class KnowBrowser:
    """Gives each browser a secret of its own, by which its encounters are found again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the secret to a first request, and the safe headers to every answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = Request(scope).cookies.get(COOKIE, "")
        fresh = "" if TOKEN.match(known) else uuid.uuid4().hex
        kept_for = set_cookie(scope, fresh or known, COOKIE_S)
        if fresh:
            kept = [
                (k, v) for k, v in scope["headers"] if not (k == b"cookie" and COOKIE.encode() in v)
            ]
            scope["headers"] = [*kept, (b"cookie", f"{COOKIE}={fresh}".encode())]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                page = headers.get("content-type", "").startswith("text/html")
                if fresh or page:
                    headers.append("Set-Cookie", kept_for)
            await send(message)

        await self.app(scope, receive, answer)


def set_cookie(scope: Scope, secret: str, seconds: int) -> str:
    """The header that gives a browser its secret for so long, or with 0 takes it away."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    path = f"{scope.get('root_path', '')}/"
    limits = f"Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    return f"{COOKIE}={secret}; {limits}"


def who(request: Request) -> str | None:
    """Who asks: a digest of the browser's secret, as Gradio writes the name into its pages."""
    secret = request.cookies.get(COOKIE, "")
    return hashlib.sha256(secret.encode()).hexdigest() if TOKEN.match(secret) else None


def create(encounters: Encounters) -> FastAPI:
    """The whole application around its encounters."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warm = threading.Timer(WARM_AFTER_S, _warm, args=(encounters,))
        warm.daemon = True
        warm.start()
        yield
        encounters.finish(STOP_S)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health.router(encounters))
    room = Room(encounters)
    app.include_router(talk.router(room, who), prefix=PATH)
    app.include_router(review.router(room, who), prefix=PATH)
    app.mount("/static", StaticFiles(directory=theme.STATIC))
    _add_routes(app, encounters, room.feedback)
    _add_leaving(app)
    if is_open(encounters.services.settings):
        desk = Desk(encounters.services)
        app.mount("/studio", studio.create(desk, encounters.store, room.feedback))
    words = views.words()
    with gr.Blocks(title=words["product"], analytics_enabled=False) as pages:
        library.build(encounters, room.feedback)
    with pages.route(words["steps"]["interview"], "encounter", show_in_navbar=False):
        encounter.build(room)
    pages.queue(default_concurrency_limit=16, max_size=512)
    pages.state_session_capacity = MAX_SESSIONS
    app.add_middleware(OwnSessions, pages=pages, prefix=PATH, who=who)
    app.add_middleware(WhereToGo, home=PATH)
    app.add_middleware(KnowBrowser)
    edge.harden(app, encounters.services.settings)
    return _mount(app, pages)


def _mount(app: FastAPI, pages: gr.Blocks) -> FastAPI:
    with warnings.catch_warnings():
        # Gradio warns of this for every app with several pages, even when it was turned off.
        warnings.filterwarnings("ignore", "SSR mode is not supported", UserWarning)
        mounted: FastAPI = gr.mount_gradio_app(
            app,
            pages,
            path=PATH,
            auth_dependency=who,
            theme=theme.theme(),
            css_paths=[theme.STATIC / name for name in theme.STYLES],
            head=theme.head(),
            ssr_mode=False,
            show_error=False,
            run_history=False,
            footer_links=[],
            allowed_paths=[],
            max_file_size="2mb",
        )
    return mounted


def _warm(encounters: Encounters) -> None:
    try:
        encounters.services.warm()
    except Exception as error:
        faults.sentence(error)  # logged; the first turn tries again


def _add_routes(app: FastAPI, encounters: Encounters, feedback: Feedback) -> None:
    @app.get("/")
    def home(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}{PATH}/")

    @app.get("/favicon.ico")
    def icon() -> FileResponse:
        return FileResponse(theme.STATIC / "icon.svg", media_type="image/svg+xml")

    @app.get("/manifest.json")
    def manifest() -> JSONResponse:
        icons = [{"src": "favicon.ico", "sizes": "any", "type": "image/svg+xml"}]
        name = views.words()["product"]
        return JSONResponse({"name": name, "start_url": f"{PATH[1:]}/", "icons": icons})

    @app.get(PATH + "/reports/{file}")
    def download(file: str, request: Request, name: str = "") -> Response:
        encounter_id, _, kind = file.rpartition(".")
        try:
            report = feedback.of(encounters.get(encounter_id, who(request) or ""))
            return _file(report, kind, name)
        except NotAllowed as error:
            return JSONResponse({"detail": str(error)}, status_code=404)
        except Exception as error:
            return JSONResponse({"detail": faults.sentence(error)}, status_code=503)


def _add_leaving(app: FastAPI) -> None:
    @app.post(PATH + "/leave")
    def leave(request: Request) -> RedirectResponse:
        answer = RedirectResponse("./", status_code=303)
        answer.headers["Set-Cookie"] = set_cookie(request.scope, "", 0)
        return answer


def _file(report: Report, kind: str, resident: str) -> Response:
    name = f"feedback-{report.script_id}.{kind}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kind == "pdf":
        from simulator.web.pdf import as_pdf  # only whoever asks for one waits for it

        pdf = as_pdf(report, resident)
        return Response(pdf, media_type="application/pdf", headers=disposition)
    if kind == "json":
        text = json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=1)
        return Response(text, media_type="application/json", headers=disposition)
    return JSONResponse({"detail": "Reports come as .pdf or .json"}, status_code=404)
