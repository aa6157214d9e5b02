"""The only calls that leave for an institution or a platform: to named hosts, short and in time."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx2

from simulator.errors import PlatformUnavailable, SettingsError

MOST_BYTES = 1024 * 1024
CONNECT_S, WHOLE_S = 5.0, 15.0
NO_ANSWER = "The other service did not answer as it should. Try again in a while."


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers compare them; empty where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    if not parts.hostname or parts.username or parts.password or port is None:
        return ""
    return f"{parts.scheme}://{parts.hostname.lower()}:{port}"


def is_safe(url: str) -> bool:
    """Whether an address is one of TLS, or of this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(origin_of(url))
    try:
        here = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return parts.scheme == "http" and (here is True or here.is_loopback)


def require_safe(variable: str, url: str) -> None:
    """Look at an address that an operator set.

    Raises:
        SettingsError: it is none, or not one of TLS.
    """
    if not is_safe(url):
        raise SettingsError(f"{variable}={url!r} is no https:// address; write the whole address")


class _Guarded(httpx2.HTTPTransport):
    """Reaches named origins alone, takes what is short and comes in time, goes nowhere else."""

    def __init__(self, allowed: frozenset[str]) -> None:
        super().__init__(retries=0)
        self.allowed = allowed

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and take the whole answer."""
        if origin_of(str(request.url)) not in self.allowed or not is_safe(str(request.url)):
            raise PlatformUnavailable(NO_ANSWER, why="an address that is not configured")
        request.headers["Accept-Encoding"] = "identity"
        ends = time.monotonic() + WHOLE_S
        answer = super().handle_request(request)
        try:
            body = bytearray()
            for part in answer.stream:  # type: ignore[union-attr]
                body += part
                if len(body) > MOST_BYTES or time.monotonic() > ends:
                    raise PlatformUnavailable(NO_ANSWER, why="an answer too long or too slow")
        finally:
            answer.close()
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise PlatformUnavailable(NO_ANSWER, why="an answer that was packed unasked")
        kept = [(k, v) for k, v in answer.headers.items() if k != "transfer-encoding"]
        return httpx2.Response(answer.status_code, headers=kept, content=bytes(body))


class Outbound:
    """Calls to the origins of some addresses; redirections are not followed."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.allowed = frozenset(filter(None, map(origin_of, addresses)))

    def options(self) -> dict[str, Any]:
        """What a client must be made with so that it goes nowhere else."""
        return {
            "transport": _Guarded(self.allowed),
            "follow_redirects": False,
            "timeout": httpx2.Timeout(WHOLE_S, connect=CONNECT_S),
            "trust_env": False,
        }

    def call(self, method: str, url: str, **more: Any) -> httpx2.Response:
        """One request, whatever the answer says.

        Raises:
            PlatformUnavailable: there was no answer, or one that is not taken.
        """
        try:
            with httpx2.Client(**self.options()) as client:
                return client.request(method, url, **more)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise PlatformUnavailable(NO_ANSWER, why=type(error).__name__) from None

    def json(self, url: str) -> dict[str, Any]:
        """The object that lies at an address.

        Raises:
            PlatformUnavailable: there is none.
        """
        answer = self.call("GET", url, headers={"Accept": "application/json"})
        return read_object(answer)


def read_object(answer: httpx2.Response) -> dict[str, Any]:
    """The JSON object of a good answer.

    Raises:
        PlatformUnavailable: it is not good, or holds none.
    """
    if not answer.is_success:
        raise PlatformUnavailable(NO_ANSWER, why=f"status {answer.status_code}")
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PlatformUnavailable(NO_ANSWER, why="an answer that is no JSON object")
    return found
