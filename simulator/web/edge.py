"""The edge of the web application: whom it answers, whom it believes, and how much it takes in."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from simulator.settings import Settings
from simulator.web.access import RULES
from simulator.web.problems import API, problem
from simulator.web.watching import FORWARDED, REQUEST_ID, Watch, Watched

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 512 * 1024  # bytes; the longest note, in any script, with every box full
BODY_S = 20.0  # a body is whole by then, or it is not taken
MAX_OPEN = 1200  # requests under way, streams included
MAX_OPEN_EACH = 24  # and of one browser
FOREIGN = frozenset(name for name, rule in RULES.items() if rule.foreign)
WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - named in order to be told apart


class Refused(Exception):
    """A request that is not served: the status, and why in a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def refuse(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the reason, and let the connection go: what else it brings is not read."""
    headers = {"Connection": "close"}
    if f"{API}/" in f"{scope.get('path', '')}/":
        answer = problem(refused.status, str(refused), headers)
    else:
        answer = JSONResponse({"detail": str(refused)}, refused.status, headers)
    await answer(scope, receive, send)


def harden(app: FastAPI, settings: Settings, watch: Watch | None = None) -> None:
    """Put the edge around an application; what is added last is asked first.

    Args:
        app, settings: what is guarded, and how. watch: what looks at every request on its way.
    """
    app.add_middleware(Limits, under_way=watch.open if watch else None)
    app.add_middleware(CORSMiddleware, allow_origins=[])  # of Gradio's own, no page elsewhere
    app.add_middleware(Door, settings=settings)
    if watch is not None:
        app.add_middleware(Watched, watch=watch)
    if settings.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.proxies))
    app.add_middleware(Forwarded, proxies=settings.proxies)


class Forwarded:
    """Drops what claims to be said by a proxy, unless a configured proxy says it."""

    def __init__(self, app: ASGIApp, proxies: Iterable[str]) -> None:
        self.app = app
        self.networks = [ipaddress.ip_network(p, strict=False) for p in proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at who sends; Gradio reads these headers whoever sends them."""
        if scope["type"] == "http":
            believed = self._is_proxy(scope)
            scope[FORWARDED] = any(_is_forwarding(name) for name, _ in scope["headers"])
            scope["headers"] = [
                (name, value)
                for name, value in scope["headers"]
                if name not in (b"x-gradio-server", b"forwarded")
                and (believed or not (_is_forwarding(name) or name == REQUEST_ID))
            ]
        await self.app(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        try:
            peer = ipaddress.ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self.networks)


def _is_forwarding(name: bytes) -> bool:
    """Whether a header is one by which a proxy tells whom it speaks for."""
    return name.startswith(b"x-forwarded-") or name in (b"forwarded", b"x-real-ip", b"via")


class Door:
    """Answers to its own names alone, changes nothing for a page elsewhere, knows its prefix."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.prefix = settings.root_path
        self.configured = frozenset(h.lower() for h in settings.hosts)
        bound = frozenset({settings.host} - WILDCARDS)
        self.names = LOOPBACK | self.configured | bound

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign name or origin; put the prefix back where a proxy took it away."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            path = scope["path"].removeprefix(self.prefix)
            self._check(Headers(scope=scope), scope["method"], path)
        except Refused as refused:
            await refuse(refused, scope, receive, send)
            return
        if self.prefix:
            scope["root_path"] = self.prefix
            if not f"{scope['path']}/".startswith(f"{self.prefix}/"):
                scope["path"] = self.prefix + scope["path"]
                scope["raw_path"] = self.prefix.encode() + scope.get("raw_path", b"")
        await self.app(scope, receive, send)

    def _check(self, headers: Headers, method: str, path: str) -> None:
        hosts = [*headers.getlist("host"), *headers.getlist("x-forwarded-host")]
        if not hosts or not all(_name(host) in self.names for host in hosts):
            raise Refused(
                400, "Bedside does not answer to this name; the operator may add it to VSP_HOSTS."
            )
        origin = headers.get("origin")
        if method in SAFE_METHODS or origin is None or f"{method} {path}" in FOREIGN:
            return
        place = urlsplit(origin).netloc
        if place not in hosts and _name(place) not in self.configured:
            raise Refused(403, "This came from a page that is not Bedside's; nothing was done.")


def _name(host: str) -> str | None:
    """The name in a Host header or in an origin's place, without its port."""
    try:
        return urlsplit(f"//{host.strip()}").hostname
    except ValueError:
        return None


class Limits:
    """Takes bodies whole, short and in time, and only so many requests at once."""

    def __init__(self, app: ASGIApp, under_way: Counter[str] | None = None) -> None:
        self.app = app
        self.open: Counter[str] = Counter() if under_way is None else under_way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too much before it is read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        whose = browser_of(Request(scope))
        if self.open[whose] >= MAX_OPEN_EACH or self.open.total() >= MAX_OPEN:
            full = Refused(503, "Too much at once; wait a little, or close other pages of Bedside.")
            await refuse(full, scope, receive, send)
            return
        self.open[whose] += 1
        try:
            body = await _in_time(Headers(scope=scope), receive)
            await self.app(scope, replayed(body, receive), send)
        except Refused as refused:
            await refuse(refused, scope, receive, send)
        finally:
            self.open[whose] -= 1
            if not self.open[whose]:
                del self.open[whose]


def browser_of(request: Request) -> str:
    """What tells one browser from another: its cookies, or its address where it has none.

    Programs that come in by the API from one machine are told apart by their tokens.
    """
    said = request.headers.get("cookie") or request.headers.get("authorization")
    return said or (request.client.host if request.client else "")


async def _in_time(headers: Headers, receive: Receive) -> bytes | None:
    try:
        return await asyncio.wait_for(_whole(headers, receive), BODY_S)
    except TimeoutError:
        raise Refused(408, "The rest of the request did not come; nothing was done.") from None


async def _whole(headers: Headers, receive: Receive) -> bytes | None:
    """The body, or None where there is none to wait for.

    Raises:
        Refused: it is longer than is taken in, or its length is no number.
    """
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return None
    too_long = Refused(413, f"That is longer than the {MAX_BODY:,} bytes that are taken in.")
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > MAX_BODY:
        raise too_long
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "The request was cut off; nothing was done.")
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise too_long
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes | None, receive: Receive) -> Receive:
    """A channel that gives a body that was read already, and then what comes after it."""
    waiting = [] if body is None else [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again
