"""The web application: pages, report downloads, the API, who is asking, and safe headers."""

from __future__ import annotations

import json
import logging
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Lifespan

from simulator import logs
from simulator.accounts.accounts import Accounts
from simulator.accounts.people import Person, Role
from simulator.assignments.assignments import Assignments
from simulator.assignments.store import Ledger
from simulator.encounter.encounter import Encounters
from simulator.errors import NotAllowed
from simulator.evaluator.report import Report
from simulator.feedback import Feedback
from simulator.platforms.outbox import Courier
from simulator.speech import Speech, open_speech
from simulator.studio.desk import Desk
from simulator.web import (
    edge,
    encounter,
    faults,
    health,
    library,
    spoken,
    talk,
    theme,
    views,
    watching,
)
from simulator.web.access import known, may_call, person, who
from simulator.web.accounts import institution as outside
from simulator.web.accounts import launching
from simulator.web.accounts import routes as account
from simulator.web.accounts.institution import Institution
from simulator.web.accounts.launching import Launches
from simulator.web.accounts.letting import first_page
from simulator.web.accounts.pages import words as account_words
from simulator.web.api import app as api
from simulator.web.assigning import routes as assigning
from simulator.web.assigning.words import words as assigning_words
from simulator.web.cookies import COOKIE, set_cookie
from simulator.web.course import routes as course
from simulator.web.design import pages as design
from simulator.web.gate import Gate, KnowBrowser, SafeHeaders
from simulator.web.lost import WhereToGo
from simulator.web.opinions import routes as opinions
from simulator.web.opinions.offers import Offers
from simulator.web.problems import API
from simulator.web.review import routes as review
from simulator.web.room import Room
from simulator.web.sessions import OwnSessions
from simulator.web.studio import routes as studio
from simulator.web.studio.access import is_open
from simulator.web.studio.programmes import Studios

logger = logging.getLogger(__name__)
MAX_SESSIONS = 512  # open pages that Gradio remembers; each takes some 137 kB
WARM_AFTER_S = 1.5  # the first page comes first; whoever asks before then loads what is needed
STOP_S = 2.0  # how long a stop waits for answers under way, after the open pages were let go
PATH = "/practice"


def create(
    encounters: Encounters,
    ledger: Ledger,
    accounts: Accounts | None = None,
    institution: Institution | None = None,
    courier: Courier | None = None,
    launches: Launches | None = None,
) -> FastAPI:
    """The whole application around its encounters; with accounts, behind a gate.

    Args:
        encounters: what is held. ledger: what is set. accounts: who may come in; None: anybody.
        institution: whose sign-in lets people in as well. courier: sends what others are told.
        launches: how learning platforms send people.
    """
    settings = encounters.services.settings
    speech = open_speech(settings)
    app = FastAPI(
        lifespan=_alive(encounters, speech, courier),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    room, named = Room(encounters, Assignments(ledger, encounters)), _naming(accounts)
    offers = Offers(encounters.store, encounters.now)
    _add_practice(app, room, offers, named, speech)
    rosters = launches.rosters(room.assignments) if launches else None
    sets = assigning.router(room.assignments, _charges(accounts), named, rosters)
    app.include_router(sets, prefix=PATH)
    app.include_router(course.router(room, _people(accounts)), prefix=PATH)
    app.mount(API, api.create(room, _people(accounts)))
    _add_routes(app, room)
    if is_open(settings):
        app.mount("/studio", _studio(encounters, room.feedback, accounts, offers))
    if accounts is None:
        _add_leaving(app)
    else:
        app.mount("/account", account.create(accounts, institution, courier))
        app.include_router(outside.router(institution))
        app.include_router(launching.router(launches, room.assignments))
    pages = _pages(room, speech)
    app.add_middleware(OwnSessions, pages=pages, prefix=PATH, who=who, may_call=may_call)
    _add_gate(app, accounts)
    app.add_middleware(WhereToGo, home=PATH)
    app.add_middleware(SafeHeaders, microphone=speech is not None)
    edge.harden(app, settings, _watched(app, pages, encounters))
    return _mount(app, pages, speech is not None)


def _add_practice(
    app: FastAPI,
    room: Room,
    offers: Offers,
    named: Callable[[Request, str], str],
    speech: Speech | None,
) -> None:
    """What whoever practises meets beside Gradio's pages, and what looks after it all."""
    services = room.encounters.services
    app.include_router(health.router(room.encounters))
    app.include_router(watching.router(services.metrics, services.settings))
    app.include_router(design.router(services))
    app.include_router(talk.router(room, who), prefix=PATH)
    app.include_router(spoken.router(room, who, speech), prefix=PATH)
    app.include_router(review.router(room, who, named, offers), prefix=PATH)
    app.include_router(opinions.router(offers), prefix=PATH)
    app.mount("/static", StaticFiles(directory=theme.STATIC))


def _pages(room: Room, speech: Speech | None) -> gr.Blocks:
    """Gradio's two pages: the library and the room."""
    words = views.words()
    with gr.Blocks(title=words["product"], analytics_enabled=False) as pages:
        library.build(room)
    with pages.route(words["steps"]["interview"], "encounter", show_in_navbar=False):
        encounter.build(room, speech)
    pages.queue(default_concurrency_limit=16, max_size=512)
    pages.state_session_capacity = MAX_SESSIONS
    return pages


def _watched(app: FastAPI, pages: gr.Blocks, encounters: Encounters) -> watching.Watch:
    """What counts requests and looks after the gauges."""
    services = encounters.services
    watch = watching.Watch(app, services.metrics, services.settings.root_path)
    watching.add_gauges(watch, pages, services)
    ready = health.readiness(encounters)
    services.metrics.gauge("ready", "Whether a part is well.", ready, "part")
    return watch


def _alive(
    encounters: Encounters, speech: Speech | None, courier: Courier | None
) -> Lifespan[FastAPI]:
    """What runs beside the application: it warms itself up, and ends what it began."""
    metrics = encounters.services.metrics

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warm = threading.Timer(WARM_AFTER_S, _warm, args=(encounters, speech))
        warm.daemon = True
        warm.start()
        if courier is not None:
            courier.start()
        with logs.counted(logs.Counting(metrics.logged, metrics.fault, metrics.audit_failed)):
            yield
            if courier is not None:
                await run_in_threadpool(courier.stop)
            if speech is not None:
                speech.close()
            encounters.finish(STOP_S)

    return lifespan


def _add_gate(app: FastAPI, accounts: Accounts | None) -> None:
    if accounts is None:
        app.add_middleware(KnowBrowser)
    else:
        consent = account_words()["consent_version"]
        app.add_middleware(Gate, site=app, accounts=accounts, consent=consent)


def _people(accounts: Accounts | None) -> Callable[[str], Person | None]:
    """Somebody by id; nobody is known where there are no accounts."""

    def found(person_id: str) -> Person | None:
        return accounts.people.person(person_id) if accounts else None

    return found


def _naming(accounts: Accounts | None) -> Callable[[Request, str], str]:
    """How whoever asks is told of a resident: by name, by a pseudonym, or not at all."""
    people = _people(accounts)

    def named(request: Request, resident: str) -> str:
        other = people(resident)
        return person(request).calls(other) if other else ""

    return named


def _charges(accounts: Accounts | None) -> Callable[[Request], list[Person]]:
    """The people whom whoever asks may see to; nobody where there are no accounts."""
    return lambda request: accounts.people_of(person(request)) if accounts else []


def _studio(
    encounters: Encounters, feedback: Feedback, accounts: Accounts | None, offers: Offers
) -> ASGIApp:
    services, store = encounters.services, encounters.store
    if accounts is None:
        return studio.create(Desk(services), store, feedback, offers=offers)
    return Studios(services, store, feedback, offers)


def _mount(app: FastAPI, pages: gr.Blocks, speech: bool) -> FastAPI:
    with warnings.catch_warnings():
        # Gradio warns of this for every app with several pages, even when it was turned off.
        warnings.filterwarnings("ignore", "SSR mode is not supported", UserWarning)
        mounted: FastAPI = gr.mount_gradio_app(
            app,
            pages,
            path=PATH,
            auth_dependency=who,
            theme=theme.theme(),
            css_paths=theme.styles(speech),
            head=theme.head(speech),
            ssr_mode=False,
            show_error=False,
            run_history=False,
            footer_links=[],
            allowed_paths=[],
            max_file_size="2mb",
        )
    return mounted


def _warm(encounters: Encounters, speech: Speech | None) -> None:
    try:
        encounters.services.warm()
    except Exception as error:
        faults.sentence(error)  # logged; the first turn tries again
    if speech is not None:
        speech.warm()


def _add_routes(app: FastAPI, room: Room) -> None:
    @app.get("/")
    def home(request: Request) -> RedirectResponse:
        asks = known(request)
        first = f"{PATH}/" if asks is None or asks.role == Role.ALONE else first_page(asks)
        return RedirectResponse(f"{request.scope.get('root_path', '')}{first}")

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
            encounter = room.encounters.get(encounter_id, who(request) or "")
            if room.assignments.holds_back(encounter):
                raise NotAllowed(assigning_words()["mine"]["held"])
            return _file(room.feedback.of(encounter), kind, name, encounter.id)
        except NotAllowed as error:
            return JSONResponse({"detail": str(error)}, status_code=404)
        except Exception as error:
            return JSONResponse({"detail": faults.sentence(error)}, status_code=503)


def _add_leaving(app: FastAPI) -> None:
    @app.post(PATH + "/leave")
    def leave(request: Request) -> RedirectResponse:
        answer = RedirectResponse("./", status_code=303)
        answer.headers["Set-Cookie"] = set_cookie(request.scope, COOKIE, "", 0)
        return answer


def _file(report: Report, kind: str, resident: str, encounter: str) -> Response:
    name = f"feedback-{report.script_id}.{kind}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kind == "pdf":
        from simulator.web.pdf import as_pdf  # only whoever asks for one waits for it

        pdf = as_pdf(report, resident, encounter)
        return Response(pdf, media_type="application/pdf", headers=disposition)
    if kind == "json":
        text = json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=1)
        return Response(text, media_type="application/json", headers=disposition)
    return JSONResponse({"detail": "Reports come as .pdf or .json"}, status_code=404)
