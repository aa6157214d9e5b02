"""One engine's process: started when it is first needed, asked one thing at a time, and ended."""

from __future__ import annotations

import os
import select
import threading
import time
from pathlib import Path
from typing import IO, Any

from simulator.child import Child
from simulator.errors import SpeechUnavailable
from simulator.speech.parts import Engine, weights
from simulator.speech.worker import read, write

PROGRAM = Path(__file__).with_name("worker.py")
START_S, ANSWER_S, WAIT_S, END_S = 60.0, 30.0, 10.0, 3.0
QUEUE = 6  # who waits for an engine at once; a seventh is told that it is busy
BUSY = "Too many are being listened to just now; try again in a moment, or type."


class Busy(SpeechUnavailable):
    """The engine has too much to do; it will pass."""


class _Timely:
    """What a process says, read until a moment on the clock and no longer."""

    def __init__(self, pipe: IO[bytes], until: float) -> None:
        self._file, self._until = pipe.fileno(), until

    def read(self, size: int) -> bytes:
        """So many bytes, fewer where it ends.

        Raises:
            TimeoutError: they did not come in time.
        """
        parts: list[bytes] = []
        while size:
            left = max(0.0, self._until - time.monotonic())
            if not select.select([self._file], [], [], left)[0]:
                raise TimeoutError("it took too long")
            part = os.read(self._file, min(size, 1 << 20))
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class EngineProcess:
    """An engine in a process of its own; where it fails it is ended, and started anew when asked.

    It ends with the program, also where that one is killed.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(QUEUE)
        self._process: Child | None = None

    def ask(self, asked: dict[str, Any], sound: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Put one thing to the engine and wait for its answer.

        Raises:
            Busy: others come first for too long.
            SpeechUnavailable: it is not installed, does not start, or does not answer.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(BUSY)
        try:
            if not self._turn.acquire(timeout=WAIT_S):
                raise Busy(BUSY)
            try:
                return self._asked(asked, sound)
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def start(self) -> None:
        """Start it, where it does not run, so that the first answer comes sooner."""
        with self._turn:
            self._started()

    def close(self) -> None:
        """End it; what it was asked meanwhile stays unanswered."""
        if process := self._process:
            process.kill()  # whoever waits for it sees the end of its answers, and gives up
        with self._turn:
            self._end()

    @property
    def pid(self) -> int:
        """The number of its process, 0 where it does not run."""
        return self._process.pid if self._process else 0

    def _asked(self, asked: dict[str, Any], sound: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._started()
        try:
            write(process.input, asked, sound)
            head, body = self._next(process, ANSWER_S)
        except (OSError, EOFError, ValueError) as error:
            why = process.last_words() or str(error)
            self._end()
            raise SpeechUnavailable(f"{self.engine.name} gave no answer ({why})") from None
        if "fault" in head:
            raise SpeechUnavailable(f"{self.engine.name} failed: {head['fault']}")
        return head, body

    def _started(self) -> Child:
        if self._process and self._process.runs:
            return self._process
        self._end()
        self._process = process = Child(PROGRAM, self.engine.name, str(weights(self.engine)))
        try:
            self._next(process, START_S)
        except (OSError, EOFError, ValueError) as error:
            why = process.last_words() or str(error)
            self._end()
            raise SpeechUnavailable(f"{self.engine.name} did not start ({why})") from None
        return process

    def _next(self, process: Child, seconds: float) -> tuple[dict[str, Any], bytes]:
        """What it says next.

        Raises:
            EOFError: it ended. TimeoutError: it took too long.
        """
        said = read(_Timely(process.output, time.monotonic() + seconds))
        if said is None:
            raise EOFError("it ended")
        return said

    def _end(self) -> None:
        if self._process:
            self._process.end(END_S)
        self._process = None
