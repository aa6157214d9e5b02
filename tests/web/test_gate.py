"""The gate around a small application: a stream ends with its session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from simulator.accounts.people import Permission
from simulator.web import gate
from simulator.web.access import RULES, Rule
from simulator.web.cookies import SESSION
from simulator.web.gate import Gate
from tests.accounts.conftest import GOOD, Office, clock, office

__all__ = ["clock", "office"]


@pytest.mark.parametrize("ended", ["closed", "signed out", "demoted"])
def test_an_open_stream_ends_when_its_session_does(
    office: Office, monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    monkeypatch.setattr(gate, "LOOK_AGAIN_S", 0.0)
    monkeypatch.setitem(RULES, "GET /stream", Rule(Permission.READ_CASES))
    app = FastAPI()
    ana = office.hire("ana@x.edu", "author", "im")
    secret = office.sign_in(ana.email, GOOD, "here")
    end = {
        "closed": lambda: office.close(None, ana.id),
        "signed out": lambda: office.sign_out(ana, secret),
        "demoted": lambda: office.change_role(None, ana.id, "resident", "im"),
    }

    @app.get("/stream")
    def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for number in range(5):
                yield f"data: {number}\n\n"
                if number == 1:
                    end[ended]()

        return StreamingResponse(pieces(), media_type="text/event-stream")

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(60)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/stream",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "server": ("127.0.0.1", 7860),
        "headers": [(b"cookie", f"{SESSION}={secret}".encode())],
    }
    asyncio.run(Gate(app, app, office, "1")(scope, receive, send))  # type: ignore[arg-type]
    assert b"".join(m.get("body", b"") for m in sent) == b"data: 0\n\ndata: 1\n\n"
