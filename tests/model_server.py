"""A small server of the OpenAI kind that does what a test tells it to, faults included.

    with ModelServer() as server:
        server.plan(speak("It hurts here."), status(429, retry_after="1"), stall())
        ...  # a client at server.base_url
        server.requests[0].body["messages"]

Each behaviour is a list of steps for one request: bytes are sent, a number is waited for, and
END or RESET ends the connection there. Without a plan it speaks `server.default`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self


class Stop(Enum):
    """How a connection ends before its time."""

    END = auto()
    RESET = auto()


END, RESET = Stop.END, Stop.RESET
Step = bytes | float | Stop
FOREVER = 3600.0
LAST_CHUNK = b"0\r\n\r\n"


@dataclass
class Request:
    """What a client asked for, and whether it went away before it was served."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float = field(default_factory=time.monotonic)
    left: threading.Event = field(default_factory=threading.Event)
    served: threading.Event = field(default_factory=threading.Event)


Behaviour = Iterable[Step] | Callable[[Request], Iterable[Step]]


def head(
    code: int = 200, kind: str = "text/event-stream", length: int | None = None, **more: str
) -> bytes:
    """The beginning of a response; without a length its body comes in chunks."""
    lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", f"Content-Type: {kind}"]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    """Some bytes of a body that comes in chunks."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(data: dict[str, Any] | str) -> bytes:
    """One event of a stream, its data as JSON or as it is."""
    text = data if isinstance(data, str) else json.dumps(data)
    return chunk(f"data: {text}\n\n".encode())


def delta(content: str | None, finish: str | None = None, **more: Any) -> bytes:
    """A piece of an answer."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return event(_completion([choice], **more))


def usage_event(tokens_in: int, tokens_out: int, cached: int = 0) -> bytes:
    """The event that says what the answer cost."""
    return event(_completion([], usage=_usage(tokens_in, tokens_out, cached)))


DONE = event("[DONE]")


def speak(
    text: str = "It hurts here.",
    *,
    usage: tuple[int, ...] | None = (12, 4),
    before: float = 0.0,
    between: float = 0.0,
    finish: str | None = "stop",
    done: bool = True,
) -> list[Step]:
    """Answer with a text, word by word.

    Args:
        text: the answer. usage: tokens in, out and cached, or None where they aren't told.
        before: seconds before the first word. between: seconds between words.
        finish: the reason in the last piece. done: whether the stream's end is marked.
    """
    steps: list[Step] = [head(), before]
    for word in text.split(" "):
        steps += [delta(word if len(steps) == 2 else f" {word}"), between]
    if finish:
        steps.append(delta(None, finish))
    if usage:
        steps.append(usage_event(*usage))
    return [*steps, *([DONE] if done else []), LAST_CHUNK]


def answer(text: str, usage: tuple[int, ...] | None = (12, 4), finish: str = "stop") -> list[Step]:
    """Answer at once, as to a request for typed data."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    more = {"usage": _usage(*usage)} if usage else {}
    return whole(json.dumps(_completion([choice], kind="chat.completion", **more)))


def whole(
    body: str | bytes, kind: str = "application/json", code: int = 200, **more: str
) -> list[Step]:
    """A response of one piece."""
    data = body.encode() if isinstance(body, str) else body
    return [head(code, kind, len(data), **more) + data]


def status(
    code: int, /, retry_after: str | None = None, message: str = "no", **error: Any
) -> list[Step]:
    """Refuse with a status, perhaps saying when to come back."""
    more = {"Retry_After": retry_after} if retry_after else {}
    return whole(json.dumps({"error": {"message": message, **error}}), code=code, **more)


def stall(*steps: Step) -> list[Step]:
    """Do this much, then nothing more."""
    return [*steps, FOREVER]


def raw(*events: bytes) -> list[Step]:
    """A stream of these events and nothing else."""
    return [head(), *events, LAST_CHUNK]


def torrent(size: int = 10_000_000, piece: int = 1_000) -> list[Step]:
    """An answer of a size that nobody asked for, in pieces of a size."""
    return [head(), *[delta("x" * piece)] * (size // piece), DONE, LAST_CHUNK]


def giant_line(size: int = 10_000_000) -> list[Step]:
    """An answer in one line that does not end for long."""
    part = chunk(b"x" * 10_000)
    return [
        head(),
        chunk(b'data: {"choices": [{"delta": {"content": "'),
        *[part] * (size // 10_000),
    ]


def closed_url() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


class ModelServer:
    """The server, in a thread of its own, for the length of a `with` block."""

    def __init__(self, default: Behaviour | None = None) -> None:
        self.default: Behaviour = speak() if default is None else default
        self.requests: list[Request] = []
        self.at_once = 0  # the most requests that were under way at the same time
        self._under_way = 0
        self._plan: deque[Behaviour] = deque()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._port = 0

    @property
    def base_url(self) -> str:
        """Where a client finds it."""
        return f"http://127.0.0.1:{self._port}/v1"

    def plan(self, *behaviours: Behaviour) -> None:
        """What to do with the next requests, in order."""
        self._plan.extend(behaviours)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the model server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0, backlog=512)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._closing.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            first = b""
            while (request := await _read(reader, first)) is not None:
                self.requests.append(request)
                kept, first = await self._respond(request, reader, writer)
                if not kept:
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _respond(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[bool, bytes]:
        """Act on a request; tells whether the connection lives on and what was read of the next."""
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        ahead = asyncio.ensure_future(reader.read(1))
        acting = asyncio.ensure_future(self._act(request, writer))
        try:
            await asyncio.wait((acting, ahead), return_when=asyncio.FIRST_COMPLETED)
            if not acting.done() and ahead.result() == b"":
                request.left.set()
                return False, b""
            kept = await acting
            if kept:
                request.served.set()
            return kept, ahead.result() if ahead.done() and kept else b""
        except OSError:
            request.left.set()
            return False, b""
        finally:
            self._under_way -= 1
            for task in (acting, ahead):
                task.cancel()
            await asyncio.gather(acting, ahead, return_exceptions=True)

    async def _act(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        behaviour = self._plan.popleft() if self._plan else self.default
        for step in behaviour(request) if callable(behaviour) else behaviour:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, Stop):
                if step is RESET:
                    _reset(writer)
                return False
            elif step:
                await asyncio.sleep(step)
        return True


async def _read(reader: asyncio.StreamReader, first: bytes) -> Request | None:
    try:
        first = first or await reader.readexactly(1)
        if first == b"\x16":  # a TLS handshake
            return None
        top = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    line, *lines = top.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(line.split(" ")[1], headers, json.loads(body or b"{}"))


def _reset(writer: asyncio.StreamWriter) -> None:
    raw_socket = writer.get_extra_info("socket")
    raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _completion(
    choices: list[Any], kind: str = "chat.completion.chunk", **more: Any
) -> dict[str, Any]:
    return {"id": "1", "object": kind, "created": 1, "model": "test", "choices": choices, **more}


def _usage(tokens_in: int, tokens_out: int, cached: int = 0) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
