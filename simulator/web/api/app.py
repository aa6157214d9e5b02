"""The API as an application of its own, mounted at /api/v1; every way of failing is a problem."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from simulator.errors import MessageRejected, NotAllowed, SimulatorError, UnknownScript
from simulator.web import faults, views
from simulator.web.api import docs, holding, reading
from simulator.web.api.entry import from_here
from simulator.web.api.service import Service
from simulator.web.api.shapes import ProblemShape
from simulator.web.api.words import Problem, words
from simulator.web.course.seen import People
from simulator.web.problems import MEDIA, problem
from simulator.web.room import Room

logger = logging.getLogger(__name__)
MOST_TOLD = 20
FAILING = {
    401: "No token, or one that opens nothing.",
    403: "Not open to this person or token, or held back.",
    404: "Not there, or not to be seen by this person.",
    409: "Does not go now; the sentence says what does.",
    422: "Does not fit; the sentence says what and where.",
    503: "What is stored cannot be reached; try again.",
}


def create(room: Room, people: People) -> FastAPI:
    """The API around the same room as the pages.

    Args:
        room: where encounters are held. people: somebody by id, or None where nobody is known.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title=docs.title())
    service = Service(room, people)
    token = HTTPBearer(auto_error=False, scheme_name="token")  # the gate asks; this tells of it
    content = {MEDIA: {"schema": {"$ref": f"#/components/schemas/{ProblemShape.__name__}"}}}
    shape = {"model": ProblemShape, "content": content}
    failing: dict[int | str, dict[str, Any]] = {
        status: {"description": about, **shape} for status, about in FAILING.items()
    }
    routes = APIRouter(dependencies=[Depends(token), Depends(from_here)], responses=failing)
    reading.add(routes, service)
    holding.add(routes, service)
    app.include_router(routes)
    docs.add(app)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(NotAllowed, _not_now)
    app.add_exception_handler(MessageRejected, _misfit)
    app.add_exception_handler(UnknownScript, _no_case)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SimulatorError, _unexpected)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _problem(request: Request, error: Exception) -> Response:
    return problem(getattr(error, "status", 500), str(error))


def _not_now(request: Request, error: Exception) -> Response:
    return problem(409, str(error))


def _misfit(request: Request, error: Exception) -> Response:
    return problem(422, str(error))


def _no_case(request: Request, error: Exception) -> Response:
    return problem(404, words()["no_case"])


def _invalid(request: Request, error: Exception) -> Response:
    """What does not fit, place by place; what was sent is not sent back."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    places = [
        {"where": ".".join(str(part)[:80] for part in e["loc"]), "what": str(e["msg"])[:300]}
        for e in found[:MOST_TOLD]
    ]
    w = words()
    if any(e["type"] == "json_invalid" for e in found):
        return problem(422, w["unreadable"])
    first = views.fill(w["misfit"], **places[0]) if places else w["too_much"]
    if len(found) > 1:
        first = views.fill(w["and_more"], first=first, n=len(found) - 1)
    return problem(422, first, errors=places)


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    w = words()
    if status == 404:
        return problem(404, w["nowhere"])
    if status == 405:
        return problem(405, views.fill(w["method"], method=request.method), headers)
    if status == 400:
        return problem(400, w["unreadable"])
    return problem(status, w["too_much"], headers)


def _unexpected(request: Request, error: Exception) -> Response:
    return problem(503, faults.sentence(error))
