"""The studio as an application of its own, mounted at /studio: its pages, and what they send."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Protocol
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from simulator import logs
from simulator.errors import DraftConflict, NotAllowed, SimulatorError, UnknownScript
from simulator.feedback import Feedback
from simulator.studio import misses, rescoring
from simulator.studio.desk import Desk
from simulator.studio.jobs import Jobs
from simulator.studio.starter import Basics
from simulator.web.opinions.offers import Offers
from simulator.web.studio import deeds, exchanging, lives, pages, saving
from simulator.web.studio.access import admit
from simulator.web.theme import STATIC

Text = Annotated[str, Form(max_length=4000)]
Number = Annotated[int, Form()]


class Store(misses.Turns, rescoring.Held, Protocol):
    """Where the residents' encounters are kept."""


def create(
    desk: Desk,
    store: Store,
    feedback: Feedback,
    let_in: Callable[[Request], object] = admit,
    offers: Offers | None = None,
) -> FastAPI:
    """The studio around its desk, the residents' encounters and what scores them.

    `offers` says whether an author may be asked what they think of it; without, nobody is.
    """
    app = FastAPI(dependencies=[Depends(let_in)], docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(SimulatorError, _told)
    app.add_exception_handler(Exception, _unexpected)
    jobs = Jobs(desk)
    _lists(app, desk)
    _saves(app, desk)
    _acts(app, desk)
    _results(app, desk, jobs, store)
    exchanging.add_routes(app, desk)
    lives.add_routes(app, desk, store, feedback, offers)
    _cases(app, desk)
    return app


def _told(request: Request, error: Exception) -> Response:
    """A failure that a person can be told, in its own words."""
    status = 404 if isinstance(error, UnknownScript) else 422
    status = 403 if isinstance(error, NotAllowed) else status
    case = request.path_params.get("case_id", "")
    if isinstance(error, DraftConflict):
        where = f"/studio/{case}/compare?mine={error.mine}&theirs={error.theirs}"
        if _wants_json(request):
            return JSONResponse({"message": str(error), "compare": where}, 409)
        return RedirectResponse(where, 303)
    if _wants_json(request):
        return JSONResponse({"message": str(error)}, status)
    back = f"/studio/{case}" if case and status != 404 else "/studio/"
    return pages.trouble(str(error), status, back)


def _unexpected(request: Request, error: Exception) -> Response:
    reference = logs.fault(error)
    message = f"The program had a fault of its own (reference {reference}). Nothing was saved."
    if _wants_json(request):
        return JSONResponse({"message": message}, 500)
    return pages.trouble(message, 500)


def _wants_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")


def _back(case_id: str, anchor: str = "", **query: str) -> RedirectResponse:
    kept = urlencode({k: v for k, v in query.items() if v})
    where = f"/studio/{case_id}{'?' if kept else ''}{kept}{'#' if anchor else ''}{anchor}"
    return RedirectResponse(where, 303)


def _lists(app: FastAPI, desk: Desk) -> None:
    @app.get("/")
    def shelf() -> Response:
        return pages.shelf(desk)

    @app.get("/new")
    def new() -> Response:
        return pages.page("new.html", "A new patient", values={}, problem="")

    @app.post("/new")
    async def make(request: Request) -> Response:
        sent = {k: str(v) for k, v in (await request.form()).items() if str(v).strip()}
        try:
            basics = Basics.model_validate(sent)
        except ValidationError as error:
            problem = _problem(error)
            return pages.page("new.html", "A new patient", 422, values=sent, problem=problem)
        work = await run_in_threadpool(desk.create, basics)
        return _back(work.id)

    @app.get("/topics")
    def topics(q: Annotated[str, Query(max_length=200)] = "") -> Response:
        return JSONResponse(saving.find_topics(desk, q))


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{str(first['loc'][-1]).capitalize()}: {first['msg'].lower()}."


def _saves(app: FastAPI, desk: Desk) -> None:
    @app.post("/{case_id}/changes")
    def changes(case_id: str, sent: saving.Changes) -> dict[str, Any]:
        return saving.save_changes(desk, case_id, sent)

    @app.post("/{case_id}/text")
    def text(case_id: str, sent: saving.WholeText) -> dict[str, Any]:
        return saving.save_text(desk, case_id, sent)


DEEDS: dict[str, deeds.Deed] = {
    "items": deeds.item,
    "question": deeds.question,
    "talk": deeds.say,
    "teach": deeds.teach,
    "step": deeds.step,
}


def _acts(app: FastAPI, desk: Desk) -> None:
    for name, deed in DEEDS.items():
        app.add_api_route(f"/{{case_id}}/{name}", _act(desk, deed), methods=["POST"])


def _act(desk: Desk, deed: deeds.Deed) -> Callable[[str, Request], Awaitable[Response]]:
    async def act(case_id: str, request: Request) -> Response:
        sent: Mapping[str, str] = {k: str(v) for k, v in (await request.form()).items()}
        anchor, talk_name = await run_in_threadpool(deed, desk, case_id, sent)
        return _back(case_id, anchor, part=sent.get("part", ""), talk=talk_name)

    return act


def _results(app: FastAPI, desk: Desk, jobs: Jobs, store: misses.Turns) -> None:
    @app.get("/{case_id}/test")
    def found(case_id: str, version: int = -1) -> Response:
        return pages.case_test(desk, jobs, case_id, version)

    @app.post("/{case_id}/test")
    def begin(case_id: str, quick: Text = "") -> Response:
        jobs.start(case_id, bool(quick))
        return RedirectResponse(f"/studio/{case_id}/test", 303)

    @app.get("/{case_id}/test/progress")
    def progress(case_id: str) -> dict[str, Any]:
        job = jobs.running(case_id)
        if job is None or job.failed:
            return {"over": True}
        return {"over": False, "done": job.done, "of": job.of}

    @app.get("/{case_id}/misses")
    def missed(case_id: str) -> Response:
        return pages.missed(desk, store, case_id)

    @app.post("/{case_id}/misses")
    def settle_miss(
        case_id: str,
        base: Number,
        do: Text,
        said: Text,
        fact: Text = "",
        says: Text = "",
        topic: Text = "",
    ) -> Response:
        deeds.miss(desk, case_id, base, do, said, fact or topic, says)
        return RedirectResponse(f"/studio/{case_id}/misses", 303)


def _cases(app: FastAPI, desk: Desk) -> None:
    @app.post("/{case_id}/clone")
    def clone(case_id: str, title: Text = "") -> Response:
        return _back(desk.clone(case_id, title).id)

    @app.post("/{case_id}/edition")
    def edition(case_id: str, version: Text = "") -> Response:
        return _back(desk.next_edition(case_id, version).id)

    @app.post("/{case_id}/discard")
    def discard(case_id: str) -> Response:
        desk.discard(case_id)
        return RedirectResponse("/studio/", 303)

    @app.get("/{case_id}/file")
    def file(case_id: str) -> Response:
        name = {"Content-Disposition": f'attachment; filename="{case_id}.yaml"'}
        return Response(desk.open(case_id).text, media_type="application/yaml", headers=name)

    @app.get("/{case_id}/compare")
    def compare(case_id: str, mine: int, theirs: int) -> Response:
        return pages.compare(desk, case_id, mine, theirs)

    @app.post("/{case_id}/settle")
    def settle(case_id: str, aside: Number, base: Number, take: Text) -> Response:
        deeds.settle(desk, case_id, aside, base, take)
        return _back(case_id)

    @app.get("/{case_id}")
    def case(case_id: str, part: str = "", talk: str = "first") -> Response:
        return pages.editor(desk, case_id, part, talk)
