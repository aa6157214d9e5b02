"""A page for whoever follows a link to nowhere; programs get their JSON as before."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.web import theme, views


class WhereToGo:
    """Puts a page in the place of a 404 where a browser opens an address."""

    def __init__(self, app: ASGIApp, home: str) -> None:
        self.app, self.home = app, home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; a page that is not there is answered by one that says so."""
        if scope["type"] != "http" or not _opens_a_page(scope):
            await self.app(scope, receive, send)
            return
        missed, home = False, f"{scope.get('root_path', '')}{self.home}/"

        async def answer(message: Message) -> None:
            nonlocal missed
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                missed = message["status"] == 404 and not kind.startswith("text/html")
            if not missed:
                await send(message)

        await self.app(scope, receive, answer)
        if missed:
            await HTMLResponse(_page(home), 404)(scope, receive, send)


def _opens_a_page(scope: Scope) -> bool:
    accepts = Headers(scope=scope).get("accept", "")
    return scope["method"] == "GET" and accepts.startswith("text/html")


def _page(home: str) -> str:
    tokens = (theme.STATIC / "tokens.css").read_text(encoding="utf-8")
    return views.render("lost.html", home=home, tokens=tokens)
