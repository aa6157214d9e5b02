"""The addresses of what a course sees; every one asks again what whoever asks may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from simulator.course.evidence import Evidence
from simulator.web import views
from simulator.web.course.course import Course
from simulator.web.course.seen import People, Seen
from simulator.web.review.routes import answered, root
from simulator.web.room import Room

MOST_FIELDS = 600


def router(room: Room, people: People) -> APIRouter:
    """The pages, their tables as files, and the judges' form.

    Args:
        room: what is looked back on. people: somebody by id, or None where nobody is known.
    """
    routes, found = APIRouter(prefix="/course"), Course(room, people)
    _add_residents(routes, found)

    @routes.get("")
    def overview(request: Request) -> Response:
        return answered(request, lambda: found.overview(request, root(request)))

    @routes.get("/{table}.{kind}")
    def table(table: str, kind: str, request: Request) -> Response:
        return answered(request, lambda: found.table(table, kind, request))

    _add_cases(routes, found)
    return routes


def _add_residents(routes: APIRouter, found: Course) -> None:
    @routes.get("/resident/{person_id}.json")
    def as_json(person_id: str, request: Request) -> Response:
        return answered(request, lambda: _json(*found.evidence(person_id, request)))

    @routes.get("/resident/{person_id}")
    def resident(person_id: str, request: Request) -> Response:
        return answered(request, lambda: found.resident(person_id, request, root(request)))


def _add_cases(routes: APIRouter, found: Course) -> None:
    @routes.get("/{case_id}/{table}.{kind}")
    def table(case_id: str, table: str, kind: str, request: Request) -> Response:
        return answered(request, lambda: found.case_table(case_id, table, kind, request))

    @routes.get("/{case_id}")
    def case(case_id: str, request: Request) -> Response:
        return answered(request, lambda: found.case(case_id, request, root(request)))

    @routes.post("/{case_id}/angoff")
    async def judge(case_id: str, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        sent = {k: v for k, v in form.items() if isinstance(v, str)}
        return await run_in_threadpool(_judged, found, case_id, request, sent)


def _judged(found: Course, case_id: str, request: Request, sent: Mapping[str, str]) -> Response:
    return answered(request, lambda: found.judge(case_id, request, root(request), sent))


def _json(found: tuple[Evidence, ...], seen: Seen) -> Response:
    """The evidence on one resident as data; nothing in it is a level or a sum of marks."""
    w = views.words()["course"]["evidence"]
    ((_, name),) = seen.names.items()
    body: dict[str, Any] = {
        "heading": views.fill(w["title"], name=name),
        "note": w["never"],
        "talks": sum(t.sort != "branch" for t in seen.talks),
        "evidence": [
            {
                "toward": f"{e.competency.code}: {e.competency.title}",
                "talks": e.talks,
                "marks_by_teachers": e.by_teachers,
                **asdict(e),
            }
            for e in found
        ],
    }
    text = json.dumps(body, ensure_ascii=False, indent=1, default=str)
    headers = {
        "Content-Disposition": 'attachment; filename="evidence.json"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="application/json", headers=headers)
