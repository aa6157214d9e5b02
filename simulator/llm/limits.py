"""What keeps a language model's failures small: reasons, retries, a breaker, timers, a bound."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any
from urllib.request import getproxies

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from simulator.errors import Reason

MAX_BODY = 2_000_000
# Thoughts that a server sends apart from the answer, as several kinds of servers name them.
THOUGHT = re.compile(rb'"reasoning(?:_content|_text)?"\s*:\s*"((?:[^"\\]|\\.)+)')
CONNECT_S = 5.0
TRIES = 3
LONGEST_PAUSE_S = 20.0
FAILURES_IN_A_ROW = 3
REST_S = 30.0

# A request that was not taken up costs no tokens.
UNSPENT: frozenset[str] = frozenset(
    ("refused", "unauthorized", "not_found", "rate_limited", "server_error", "bad_request")
    + ("busy", "resting", "not_configured")
)
# These say something about one request or one answer, not about the server's health.
HARMLESS: frozenset[str] = frozenset(("bad_request", "empty", "too_long"))
SENTENCES: dict[Reason, str] = {
    "refused": "could not be reached; check {url} and that its server is running",
    "unauthorized": "refused the key; check {key}",
    "not_found": "was not found at its address; check {model} and {url}",
    "rate_limited": "takes no more requests just now; try later, or lower VSP_LLM_CONCURRENCY",
    "server_error": "failed on its server; look at the server's log, and check {url}",
    "bad_request": "did not accept the request; check {model} and VSP_LLM_TEMPERATURE",
    "slow_to_start": "did not begin to answer in time; VSP_LLM_FIRST_S sets how long it may take",
    "stalled": "fell silent within its answer; VSP_LLM_IDLE_S sets how long it may pause",
    "too_slow": "was not done in time; VSP_LLM_TOTAL_S sets how long it may take",
    "cut": "broke off before its answer was complete; check that the server at {url} keeps running",
    "malformed": "answered in a form that cannot be read; check that {url} is the right address",
    "empty": "answered with nothing; try again, or choose another with {model}",
    "too_long": "answered at far too great length; try again, or choose another with {model}",
    "busy": "is busy; try again, or let it do more at once with VSP_LLM_CONCURRENCY",
    "resting": "failed several times in a row and is left alone for a moment; check {url}",
}


class Fault(Exception):
    """Why one try failed, and whether another may follow."""

    def __init__(
        self, reason: Reason, detail: str = "", retry: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.detail = detail
        self.retry = retry
        self.wait = wait  # what the server asked for in Retry-After, in seconds


def read_fault(error: BaseException) -> Fault:
    """Tell what a client library's error means, from its type's names and its HTTP status.

    By name, since the errors come from several libraries of which not all are installed.
    """
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, Fault):
            return link
    for link in chain:
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return _by_status(status, link)
    names = {kind.__name__ for link in chain for kind in type(link).__mro__}
    if "ConnectTimeout" in names:
        return Fault("refused")
    if names & {"ConnectError", "ProxyError", "UnsupportedProtocol"}:
        return Fault("refused", retry=True)
    if names & {"DecodingError", "APIResponseValidationError"}:
        return Fault("malformed")
    if names & {"TransportError", "APIConnectionError", "ConnectionError"}:
        return Fault("cut", retry=True)
    if "APIError" in names:  # the server sent an error where a piece of the answer was due
        code = str(getattr(chain[0], "code", ""))
        status = int(code) if code.isdigit() else 500
        return _by_status(status if 400 <= status < 600 else 500, chain[0])
    return Fault("malformed", type(error).__name__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _by_status(status: int, error: BaseException) -> Fault:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    wait = read_retry_after(headers.get("retry-after"))
    if status >= 500:
        return Fault("server_error", f"HTTP {status}", retry=True, wait=wait)
    if status == 429:
        return Fault("rate_limited", retry=True, wait=wait)
    if status in (401, 403):
        return Fault("unauthorized")
    if status == 404 or status < 400:
        return Fault("not_found", f"HTTP {status}")
    # The server's own words may quote the request, so only its short identifiers are passed on.
    words = (str(getattr(error, name, None) or "") for name in ("code", "type", "param"))
    known = [word for word in words if re.fullmatch(r"[A-Za-z_][\w.\[\]-]{0,59}", word)]
    return Fault("bad_request", " ".join([f"HTTP {status}", *known]))


def read_retry_after(value: str | None, now: Callable[[], float] = time.time) -> float | None:
    """The seconds a Retry-After header asks for, given in seconds or as a date."""
    if not value:
        return None
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return max(0.0, float(value))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now(), UTC)).total_seconds())


@dataclass(frozen=True, slots=True)
class Pace:
    """How tries follow one another: full jitter, or what the server asks for."""

    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    base_s: float = 0.5

    def tries(self, heard: Callable[[], bool], left_s: Callable[[], float]) -> AsyncRetrying:
        """Tries for as long as nothing was heard, it may help, and the pause fits into the rest."""

        def helps(error: BaseException) -> bool:
            return isinstance(error, Fault) and error.retry and not heard()

        def over(state: RetryCallState) -> bool:
            pause = state.upcoming_sleep
            return state.attempt_number >= TRIES or pause >= left_s() or pause > LONGEST_PAUSE_S

        return AsyncRetrying(
            retry=retry_if_exception(helps),
            wait=self._pause,
            stop=over,
            sleep=self.sleep,
            reraise=True,
        )

    def _pause(self, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, Fault) and fault.wait is not None:
            return fault.wait
        return self.chance() * self.base_s * float(2 ** (state.attempt_number - 1))


class Breaker:
    """Leaves a model alone that keeps failing, then lets one call find out whether it is back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._probing = False

    @property
    def resting(self) -> bool:
        """Whether a call made now would be refused."""
        with self._lock:
            return self._closed_to_calls()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Watch over one call and remember how it ended.

        Raises:
            Fault: it rests.
        """
        with self._lock:
            if self._closed_to_calls():
                raise Fault("resting")
            probe = self._probing = self._failures >= FAILURES_IN_A_ROW
        try:
            yield
        except Fault as fault:
            self._note(fault.reason not in HARMLESS, probe)
            raise
        except BaseException:  # stopped: nothing was learnt about the server
            self._note(None, probe)
            raise
        self._note(False, probe)

    def _closed_to_calls(self) -> bool:
        if self._failures < FAILURES_IN_A_ROW:
            return False
        return self._probing or self._clock() < self._rests_until

    def _note(self, failed: bool | None, probe: bool) -> None:
        with self._lock:
            if probe:
                self._probing = False
            if failed is None:
                return
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= FAILURES_IN_A_ROW:
                self._rests_until = self._clock() + REST_S


class Watch:
    """One timer for a try: it is set anew at each stage and knows which stage ran out."""

    def __init__(self, ends: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends = ends
        self.timer = asyncio.timeout_at(ends)
        self.reason: Reason = "too_slow"

    def arm(self, reason: Reason, seconds: float) -> None:
        """Give the next stage its time, but never more than is left of the whole."""
        at = self._loop.time() + seconds
        self.reason = reason if at < self._ends else "too_slow"
        self.timer.reschedule(min(at, self._ends))

    def end(self, reason: Reason) -> None:
        """Cancel what is being awaited, now, for a reason of its own."""
        self.reason = reason
        self.timer.reschedule(self._loop.time())


@dataclass(slots=True)
class Body:
    """What is known of the bytes of one response."""

    size: int = 0
    tail: bytes = b""
    events: bool = False  # whether it said that it is a stream of events
    thought: Callable[[int], None] | None = None  # called with the length of thoughts sent apart
    line: bytes = b""  # of a stream of events, the line that is not whole yet

    @property
    def done(self) -> bool:
        """Whether the stream ended with the mark that says so."""
        return self.tail.rstrip().endswith(b"[DONE]")

    def take(self, data: bytes) -> None:
        """Count some bytes.

        Raises:
            Fault: they are too many.
        """
        self.size += len(data)
        self.tail = (self.tail + data[-16:])[-16:]
        if self.size > MAX_BODY:
            raise Fault("too_long")
        if self.thought and (thoughts := sum(map(len, THOUGHT.findall(data)))):
            self.thought(thoughts)

    def known(self, data: bytes) -> bytes:
        """The whole lines of a stream of events that mean something to the client library.

        Without ids and comments: a keep-alive after an id would be read as an event without data.
        """
        if not self.events:
            return data
        *lines, self.line = (self.line + data).split(b"\n")
        return b"".join(line + b"\n" for line in lines if not line.startswith((b":", b"id")))


def bounded_client(current: ContextVar[Body], direct: bool) -> Any:
    """An HTTP client for the OpenAI library that refuses a body beyond the bound as it comes in.

    Args:
        current: where the call that is made finds what is known of its response's body.
        direct: whether to go past the proxies that the environment names.
    """
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream, body: Body) -> None:
            self._stream, self._body = stream, body

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for data in self._stream:
                self._body.take(data)
                yield self._body.known(data)
            yield self._body.line

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def bound(response: httpx2.Response) -> None:
        # A compressed body could grow beyond any bound once it is unpacked.
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Fault("malformed", "compressed")
        body = current.get()
        body.events = response.headers.get("content-type", "").startswith("text/event-stream")
        response.stream = Bounded(response.stream, body)  # type: ignore[arg-type]

    return httpx2.AsyncClient(
        timeout=request_timeout(),
        trust_env=not direct,
        limits=httpx2.Limits(max_connections=None, keepalive_expiry=30.0),
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [bound]},
    )


def proxy_fault(error: Exception) -> str:
    """Which variable names a proxy that cannot be used, and what to do about it."""
    named = {f"{scheme.upper()}_PROXY": url for scheme, url in getproxies().items()}
    socks = [name for name, url in named.items() if url.startswith("socks")]
    if isinstance(error, ImportError) and socks:
        return (
            f"{socks[0]} names a SOCKS proxy, which needs a package more: pip install socksio, "
            f"or unset {socks[0]}, or have NO_PROXY name the model's server"
        )
    return f"{' or '.join(named) or 'A variable'} names a proxy that cannot be used; correct it"


def request_timeout() -> Any:
    """The HTTP client's own timeouts: only for connecting, the rest is timed here."""
    import httpx2

    return httpx2.Timeout(None, connect=CONNECT_S, write=30.0)
