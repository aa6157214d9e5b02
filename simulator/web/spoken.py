"""Speaking and listening in the room: sound that becomes words, and replies that can be heard.

Sound is taken in, understood and forgotten; it is written nowhere. Only what the patient has said
is spoken, found again by the encounter, so nobody can have the voice say anything else.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from simulator.encounter.phases import Phase
from simulator.errors import NotAllowed
from simulator.speech import MOST_BYTES, MOST_S, Speech
from simulator.speech.process import Busy
from simulator.web import faults, views
from simulator.web.room import Room

NOT_KEPT = {"Cache-Control": "no-store"}


def router(room: Room, who: Callable[[Request], str | None], speech: Speech | None) -> APIRouter:
    """The two addresses; each asks again whose encounter it is, and says where speech is off."""
    routes = APIRouter()
    encounters = room.encounters

    @routes.post("/room/{encounter_id}/heard")
    async def heard(encounter_id: str, request: Request) -> Response:
        resident, sound = who(request) or "", await request.body()

        def listen() -> Response:
            if encounters.standing(encounter_id, resident).phase != Phase.INTERVIEW:
                return _said("over", 409)
            if speech is None:
                return _said("unset", 404)
            if len(sound) > MOST_BYTES:
                return _said("long", 413)
            return JSONResponse({"text": speech.hear(sound)}, headers=NOT_KEPT)

        return await run_in_threadpool(_answered, listen)

    @routes.get("/room/{encounter_id}/turns/{turn_id}/sound/{part}")
    def sound(encounter_id: str, turn_id: str, part: int, request: Request) -> Response:
        def speak() -> Response:
            encounter = encounters.get(encounter_id, who(request) or "")
            if speech is None:
                return _said("unset", 404)
            turns = {turn.client_turn_id: turn.reply for turn in encounter.turns}
            said = speech.say(encounter.script, turns.get(turn_id, ""), part)
            if said is None:
                return _said("nothing", 404)
            return Response(
                said.sound, media_type="audio/wav", headers={**NOT_KEPT, "X-Parts": str(said.parts)}
            )

        return _answered(speak)

    return routes


def _said(word: str, status: int) -> Response:
    text = views.fill(views.words()["speech"][word], seconds=MOST_S)
    return JSONResponse({"detail": text}, status, NOT_KEPT)


def _answered(step: Callable[[], Response]) -> Response:
    try:
        return step()
    except NotAllowed as error:
        return JSONResponse({"detail": str(error)}, 404)
    except Busy:
        return _said("busy", 503)
    except Exception as error:
        return JSONResponse({"detail": faults.sentence(error)}, 503)
