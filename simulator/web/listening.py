"""Listening: on which address, what is said when, and how long a half-sent request may take."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.errors import SettingsError
from simulator.settings import Settings, is_loopback

HEAD_S = 10.0  # a request's headers are whole by then, or the connection goes
MAX_HEAD = 32 * 1024  # bytes of headers
STREAMS_S = 2  # open pages hold streams that never end; so long a stop waits for them


def listening_place(settings: Settings) -> socket.socket:
    """A socket on the address that was chosen, taken before anything is loaded.

    Raises:
        SettingsError: others could reach it and accounts are off, or the address is taken.
    """
    _only_here(settings)
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        return _bound(family, kind, protocol, address)
    except OSError as error:
        raise SettingsError(
            f"Nothing can listen on {host}:{port} ({error.strerror}); stop the program that does, "
            "or choose another port with --port or VSP_PORT"
        ) from None


def _bound(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    place = socket.socket(family, kind, protocol)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(address)
    except OSError:
        place.close()
        raise
    return place


def _only_here(settings: Settings) -> None:
    """Refuse an address that others can reach until accounts are on; warn of passwords in clear."""
    others = [
        f"VSP_{name.upper()}={value!r}"
        for name, value, away in (
            ("host", settings.host, not is_loopback(settings.host)),
            ("hosts", ",".join(settings.hosts), bool(settings.hosts)),
            ("proxies", ",".join(settings.proxies), bool(settings.proxies)),
        )
        if away
    ]
    if others and not settings.accounts:
        raise SettingsError(
            f"{', '.join(others)} would let others use Bedside, which knows nobody while accounts "
            "are off; set VSP_ACCOUNTS=1 (docs/accounts.md), or leave it to this machine alone"
        )
    if settings.accounts and not is_loopback(settings.host) and not settings.proxies:
        print(
            f"Warning: passwords travel unencrypted to {settings.host}:{settings.port}; put a "
            "proxy with TLS before it and name it in VSP_PROXIES.",
            file=sys.stderr,
            flush=True,
        )


def listen(app: FastAPI, place: socket.socket, settings: Settings) -> None:
    """Serve an application at a place until it is stopped."""
    config = uvicorn.Config(
        app,
        http=PunctualProtocol,
        ws="none",
        proxy_headers=False,  # the edge decides which proxy is believed
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_graceful_shutdown=STREAMS_S,
        log_config=None,  # its lines go where the program's own go, in their form
        log_level="warning",
    )
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    at = f"http://{shown}:{place.getsockname()[1]}{settings.root_path}"
    _Announced(config, f"Bedside is at {at}  (Ctrl+C stops it)").run(sockets=[place])


class _Announced(uvicorn.Server):
    """A server that says where it is once it listens there."""

    def __init__(self, config: uvicorn.Config, said: str) -> None:
        super().__init__(config)
        self.said = said

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and say so."""
        await super().startup(sockets)
        if self.started:
            print(self.said, flush=True)


class PunctualProtocol(H11Protocol):
    """HTTP whose headers must be whole in time, on a new connection and on one kept open."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first headers their time."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Stop the watch once the headers are whole; half of them start it anew."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._forget_head()
        elif self._head is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the watch."""
        self._forget_head()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head = self.loop.call_later(HEAD_S, self.transport.close)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
