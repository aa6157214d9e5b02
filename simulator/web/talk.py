"""The line between an open page and its encounter: turns, what is typed, how things stand.

An event of Gradio's that breaks off ends its page. So what must outlast a drop of the network or
a restart of the server goes by these few addresses; the page sends again what was not answered.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from simulator.encounter.noticing import keep_notice
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Turn, Typed
from simulator.errors import NotAllowed
from simulator.web import faults, portrait, views
from simulator.web.room import Room, Shown, as_note, as_self_assessment

BEAT_S = 4.0  # a stream that says nothing for three of these is taken for dead by the page
ROWS = 6
News = str | Shown | None  # of a turn: the reply so far, how things stand in the end, a silence


class Said(BaseModel):
    """A turn as the page sends it; the id is the same however often it comes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[0-9a-f-]{32,36}$")
    text: str


class Noticed(BaseModel):
    """That the page was out of sight, in seconds, or text was pasted, in characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["left", "pasted"]
    amount: int = Field(ge=0)


class NoteBoxes(BaseModel):
    """The boxes of the note: diagnosis, support, diagnosis, support …"""

    model_config = ConfigDict(frozen=True, extra="forbid")

    history: str
    rows: list[str] = Field(min_length=ROWS, max_length=ROWS)
    workup: str


class OwnBoxes(BaseModel):
    """The sliders and boxes of the self-assessment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: list[int] = Field(min_length=3, max_length=3)
    well: str
    change: str


class Boxes(BaseModel):
    """What is being typed on the page; only what has changed is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pad: str | None = None
    unsent: str | None = None
    note: NoteBoxes | None = None
    self_assessment: OwnBoxes | None = None

    def typed(self) -> Typed:
        """The same, each text cut to its limit."""
        note, own = self.note, self.self_assessment
        return Typed(
            self.pad,
            self.unsent,
            as_note(note.history, note.rows, note.workup) if note else None,
            as_self_assessment(list(own.values), own.well, own.change) if own else None,
        )


def router(room: Room, who: Callable[[Request], str | None]) -> APIRouter:
    """The addresses of the line; every one asks again whose encounter it is."""
    routes = APIRouter()
    boot = uuid.uuid4().hex
    encounters = room.encounters

    @routes.get("/room/{encounter_id}")
    def standing(encounter_id: str, request: Request, seen: int = 0) -> Response:
        def look() -> dict[str, Any]:
            resident = who(request) or ""
            now = encounters.standing(encounter_id, resident)
            deadline = now.deadline if now.phase == Phase.INTERVIEW else now.note_deadline
            left = views.seconds_left(deadline, encounters.now())
            told: dict[str, Any] = {"boot": boot, "phase": now.phase, "left": left}
            if now.phase == Phase.INTERVIEW and now.turns != seen:
                encounter = encounters.get(encounter_id, resident)
                told |= drawn(encounter)
            return told

        return _answered(look)

    @routes.put("/room/{encounter_id}/typed")
    def keep(encounter_id: str, boxes: Boxes, request: Request) -> Response:
        def step() -> dict[str, Any]:
            return {"kept": encounters.keep(encounter_id, who(request) or "", boxes.typed())}

        return _answered(step)

    @routes.post("/room/{encounter_id}/noticed")
    def noticed(encounter_id: str, seen: Noticed, request: Request) -> Response:
        def step() -> dict[str, Any]:
            resident = who(request) or ""
            kept = keep_notice(encounters, encounter_id, resident, seen.kind, seen.amount)
            return {"kept": kept}

        return _answered(step)

    @routes.post("/room/{encounter_id}/turns")
    async def ask(encounter_id: str, said: Said, request: Request) -> StreamingResponse:
        news = room.ask_live(who(request) or "", encounter_id, said.text, said.id)
        return streamed(news, lambda now: _told(room, now))

    return routes


def drawn(encounter: Encounter) -> dict[str, Any]:
    """What a turn changes on the page: the talk, the patient's look, the tip for a newcomer."""
    look, tip = portrait.look_of(encounter), views.tip(encounter)
    return {"turns": turns(encounter), "look": look, "tip": tip}


def turns(encounter: Encounter) -> list[dict[str, str]]:
    """The conversation as the page keeps it."""
    return [_turn(t) for t in encounter.turns]


def _turn(turn: Turn) -> dict[str, str]:
    return {"id": turn.client_turn_id, "said": turn.said, "reply": turn.reply}


def _answered(step: Callable[[], dict[str, Any]]) -> Response:
    try:
        return JSONResponse(step())
    except NotAllowed as error:
        return JSONResponse({"detail": str(error)}, status_code=404)
    except Exception as error:
        return JSONResponse({"detail": faults.sentence(error)}, status_code=503)


def streamed(news: AsyncIterator[News], tell: Callable[[News], str]) -> StreamingResponse:
    """The news of a turn as server-sent events, with a beat in a silence; each told by `tell`."""
    quiet = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_spoken(news, tell), media_type="text/event-stream", headers=quiet)


async def _spoken(news: AsyncIterator[News], tell: Callable[[News], str]) -> AsyncIterator[str]:
    coming = asyncio.ensure_future(anext(news))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=BEAT_S)
            if not done:
                yield ": the patient is thinking\n\n"
                continue
            now = coming.result()
            yield tell(now)
            if isinstance(now, Shown):
                return
            coming = asyncio.ensure_future(anext(news))
    finally:
        coming.cancel()


def _told(room: Room, now: News) -> str:
    """The reply as it grows, that the patient is silent for long, last how things stand."""
    if isinstance(now, Shown):
        return event(_last(room, now))
    return event({"text": now} if now is not None else _silence())


def _silence() -> dict[str, Any]:
    return {"silent": True, "notice": views.notice(views.words()["interview"]["slow"], "warn")}


def _last(room: Room, shown: Shown) -> dict[str, Any]:
    encounter = shown.encounter
    told: dict[str, Any] = {
        "sent": shown.sent,
        "notice": views.notice(shown.notice, shown.kind),
        "announced": shown.announced,
        "phase": encounter.phase if encounter else "",
    }
    if encounter is not None:
        told |= drawn(encounter)
    if encounter is not None and encounter.phase == Phase.INTERVIEW:
        told["left"] = views.seconds_left(encounter.deadline, room.encounters.now())
    return told


def event(data: dict[str, Any], kind: str = "") -> str:
    """A server-sent event, of a kind where there are several."""
    named = f"event: {kind}\n" if kind else ""
    return f"{named}data: {json.dumps(data, ensure_ascii=False)}\n\n"
