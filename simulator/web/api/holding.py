"""The addresses by which an encounter is held: one's own alone, step by step."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, SelfAssessment
from simulator.web import views
from simulator.web.access import person
from simulator.web.api import shown
from simulator.web.api.reading import OneId
from simulator.web.api.service import Service
from simulator.web.api.shapes import Begin, HintShape, Key, OrderedShape, Say, Want, Whole
from simulator.web.api.words import words
from simulator.web.problems import told
from simulator.web.room import Shown
from simulator.web.talk import News, event, streamed


def add(routes: APIRouter, service: Service) -> None:
    """All of them."""
    _entering(routes, service)
    _talking(routes, service)
    _looking(routes, service)
    _leaving(routes, service)


def _whole(service: Service, encounter: Encounter, request: Request) -> Whole:
    whose = service.whose(person(request), encounter.resident)
    return shown.whole(encounter, whose, service.encounters.now())


def _entering(routes: APIRouter, service: Service) -> None:
    @routes.post("/encounters", tags=["encounters"], status_code=201, summary="Begin an encounter")
    def begin(wanted: Begin, request: Request, response: Response) -> Whole:
        """At the door of a patient; the clock starts when one enters.

        The same patient's door that was not gone through yet is given again.
        """
        new = service.begin(person(request), wanted)
        root = str(request.scope.get("root_path", ""))
        response.headers["Location"] = f"{root}/encounters/{new.id}"
        return _whole(service, new, request)

    @routes.post("/encounters/{encounter_id}/enter", tags=["encounters"], summary="Enter the room")
    def enter(encounter_id: OneId, request: Request) -> Whole:
        """The clock starts; done before, nothing happens."""
        return _whole(service, service.enter(person(request), encounter_id), request)


def _talking(routes: APIRouter, service: Service) -> None:
    @routes.post(
        "/encounters/{encounter_id}/turns",
        tags=["encounters"],
        summary="Say something to the patient",
        description=words()["stream"],
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def say(
        encounter_id: OneId,
        said: Say,
        request: Request,
        idempotency_key: Annotated[Key | None, Header()] = None,
    ) -> StreamingResponse:
        asks, key = person(request), idempotency_key or str(uuid.uuid4())
        await run_in_threadpool(service.may_say, asks, encounter_id, said.text, key)
        news = service.room.ask_live(asks.id, encounter_id, said.text, key)
        return streamed(news, lambda now: _tell(service, key, now))


def _tell(service: Service, key: str, now: News) -> str:
    if isinstance(now, str):
        return event({"text": now}, "reply")
    if now is None:
        return event({"detail": views.words()["interview"]["slow"]}, "silence")
    return _last(service, key, now)


def _last(service: Service, key: str, now: Shown) -> str:
    """The whole turn, or why there is none."""
    turns = now.encounter.turns if now.encounter else ()
    turn = next((t for t in turns if t.client_turn_id == key), None)
    if now.encounter is None or turn is None or not now.sent:
        return event(told(409 if now.kind == "warn" else 503, now.notice), "problem")
    phase, left = now.encounter.phase, None
    if phase == Phase.INTERVIEW:
        left = views.seconds_left(now.encounter.deadline, service.encounters.now())
    return event(
        {
            **shown.turn(turn).model_dump(mode="json"),
            "phase": phase,
            "seconds_left": left,
            "announced": now.announced,
            "notice": now.notice,
        },
        "turn",
    )


def _looking(routes: APIRouter, service: Service) -> None:
    @routes.post(
        "/encounters/{encounter_id}/orders",
        tags=["encounters"],
        summary="Examine, or order a test",
    )
    def order(encounter_id: OneId, want: Want, request: Request) -> OrderedShape:
        """By name; what is not clear is offered, what is not there is said."""
        return shown.ordered(service.order(person(request), encounter_id, want.wanted))

    @routes.post("/encounters/{encounter_id}/hint", tags=["encounters"], summary="Ask for a hint")
    def hint(encounter_id: OneId, request: Request) -> HintShape:
        """Towards something not asked yet; it is counted, and there is none in an exam."""
        given, number = service.hint(person(request), encounter_id)
        return HintShape(hint=given, number=number)


def _leaving(routes: APIRouter, service: Service) -> None:
    @routes.post("/encounters/{encounter_id}/end", tags=["encounters"], summary="End the interview")
    def end(encounter_id: OneId, request: Request) -> Whole:
        """The note comes next; done before, nothing happens."""
        return _whole(service, service.end(person(request), encounter_id), request)

    @routes.post("/encounters/{encounter_id}/note", tags=["encounters"], summary="Hand in the note")
    def note(encounter_id: OneId, note: Note, request: Request) -> Whole:
        """The self-assessment comes next; of a note that was handed in before, the first stays."""
        return _whole(service, service.hand_in(person(request), encounter_id, note), request)

    @routes.post(
        "/encounters/{encounter_id}/self-assessment",
        tags=["encounters"],
        summary="Hand in the self-assessment",
    )
    def own(encounter_id: OneId, view: SelfAssessment, request: Request) -> Whole:
        """The encounter is over, and is scored."""
        return _whole(service, service.finish(person(request), encounter_id, view), request)
