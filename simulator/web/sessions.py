"""Whose a page's session is.

Gradio knows a session by a name that anybody may send; here each browser has names of its own,
and only what a page needs is answered.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.web.edge import Refused, refuse, replayed

Who = Callable[[Request], str | None]
MayCall = Callable[[Request, str], bool]
_STREAM = {"Content-Type": "text/event-stream"}
NAME = r"^[A-Za-z0-9_-]{1,64}$"
CALL = re.compile(r"^call/(?P<name>\w+)/?$")
ANSWER = re.compile(r"^call/(?P<name>\w+)/(?P<event>[A-Za-z0-9_-]{1,64})$")
BEAT = re.compile(r"^heartbeat/(?P<session>[A-Za-z0-9_-]{1,64})$")
OPEN_TO_ALL = frozenset(
    {"info", "info/", "startup-events", "app_id", "theme.css", "user", "login_check"}
)
KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}
GONE = {"msg": "unexpected_error", "message": "", "session_not_found": True, "success": False}


class Call(BaseModel):
    """A handler that a page asks for, and what it gives it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    data: list[Any] = Field(max_length=100)
    session_hash: str | None = Field(default=None, pattern=NAME)
    fn_index: StrictInt | None = None
    trigger_id: StrictInt | None = None
    event_data: Any = None
    simple_format: StrictBool = False


class Event(BaseModel):
    """An event that a page gives up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str = Field(pattern=NAME)
    session_hash: str = Field(default="none", pattern=NAME)
    fn_index: StrictInt = 0


class OwnSessions:
    """Between the browser and Gradio's API: sessions by browser, events by session."""

    def __init__(
        self, app: ASGIApp, pages: gr.Blocks, prefix: str, who: Who, may_call: MayCall
    ) -> None:
        self.app, self.pages, self.who, self.may_call = app, pages, who, may_call
        self.prefix = f"{prefix}/gradio_api/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with the browser's own session in it, or say why not."""
        root, path = scope.get("root_path", ""), str(scope.get("path", ""))
        if scope["type"] != "http" or not path.startswith(root + self.prefix):
            await self.app(scope, receive, send)
            return
        step = path.removeprefix(root + self.prefix)
        request = Request(scope, receive)
        try:
            if scope["method"] == "POST":
                receive = replayed(await self._posted(step, request), receive)
            elif not self._asked(step, request):
                gone = PlainTextResponse(f"data: {json.dumps(GONE)}\n\n", 200, _STREAM)
                await gone(scope, receive, send)
                return
        except Refused as refused:
            await refuse(refused, scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _asked(self, step: str, request: Request) -> bool:
        """Prepare a question that changes nothing; false where it is for a stream that is gone.

        Raises:
            Refused: no page asks for this, or the event is not this browser's.
        """
        scope = request.scope
        if step in OPEN_TO_ALL:
            return True
        if found := BEAT.match(step):
            beat = f"heartbeat/{self._own(request, found['session'])}"
            scope["path"] = scope["path"].removesuffix(step) + beat
            return True
        if step == "queue/data":
            query = parse_qs(request.url.query)
            names = query.get("session_hash", [""])
            if len(names) != 1 or not re.match(NAME, names[0]):
                raise Refused(422, "session_hash: one name is needed.")
            own = self._own(request, names[0])
            scope["query_string"] = urlencode({"session_hash": own}).encode()
            return own in self.pages._queue.pending_messages_per_session
        if (found := ANSWER.match(step)) and self._is_own(request, found["event"]):
            return True
        raise Refused(404, "There is nothing here.")

    async def _posted(self, step: str, request: Request) -> bytes:
        """What is posted, with the browser's own session in it.

        Raises:
            Refused: no page posts this, it is not this browser's, or it does not fit.
        """
        body = await request.body()
        try:
            if step in ("queue/join", "queue/join/") or CALL.match(step):
                return self._call(step, Call.model_validate_json(body), request)
            if step in ("cancel", "reset", "reset/"):
                event = Event.model_validate_json(body)
                if not self._is_own(request, event.event_id):
                    raise Refused(404, "There is no such event of yours.")
                own = self._own(request, event.session_hash)
                return event.model_copy(update={"session_hash": own}).model_dump_json().encode()
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise Refused(422, f"{where}: {first['msg']}") from None
        raise Refused(404, "There is nothing here.")

    def _call(self, step: str, call: Call, request: Request) -> bytes:
        named = CALL.match(step)
        handler = self._handler(call.fn_index, named["name"] if named else None)
        if not self.may_call(request, str(handler.api_name)):
            raise Refused(403, "This is not open to you.")
        if named is None and call.session_hash is None:
            raise Refused(422, "session_hash: is missing.")
        given = [b for b in handler.inputs if not b.skip_api]
        blocks = handler.inputs if len(call.data) == len(handler.inputs) else given
        if len(call.data) != len(blocks):
            raise Refused(422, f"data: {len(handler.inputs)} values are needed.")
        for place, (block, value) in enumerate(zip(blocks, call.data, strict=True)):
            _fit(block, value, place)
        own = self._own(request, call.session_hash or uuid.uuid4().hex)
        return call.model_copy(update={"session_hash": own}).model_dump_json().encode()

    def _handler(self, index: int | None, name: str | None) -> Any:
        for handler in self.pages.fns.values():
            if (handler.api_name == name) if name is not None else (handler._id == index):
                return handler
        raise Refused(404, "There is no such handler.")

    def _own(self, request: Request, name: str) -> str:
        """The name by which this browser's session of that name is known to Gradio."""
        return f"{(self.who(request) or '')[:32]}-{name}"

    def _is_own(self, request: Request, event_id: str) -> bool:
        """Whether a session of this browser's has that event, running or to be fetched."""
        queue = self.pages._queue
        event = queue.event_ids_to_events.get(event_id)
        mine = self._own(request, "")
        if event is not None:
            return str(event.session_hash).startswith(mine)
        pending = queue.pending_event_ids_session.items()
        return any(event_id in ids for session, ids in pending if session.startswith(mine))


def _fit(block: Any, value: Any, place: int) -> None:
    """Refuse a value that the component cannot hold; a state's value is never the page's.

    Raises:
        Refused: the value is of another type.
    """
    kind = str((block.api_info() or {}).get("type"))
    if isinstance(block, gr.State) or kind not in KINDS or (value is None and kind == "string"):
        return
    fits = isinstance(value, KINDS[kind]) and isinstance(value, bool) == (kind == "boolean")
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise Refused(422, f"data.{place}: a {kind} is needed.")
