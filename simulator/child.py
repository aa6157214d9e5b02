"""A program of our own in a process of its own: what it says, what it said last, and its end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO


class Child:
    """A process that ends with this one, also where this one is killed: its input then closes.

    It is not ended by Ctrl-C, which is for its owner, who ends it after the last answer.
    """

    def __init__(self, program: Path, *arguments: str) -> None:
        """Start it.

        Args:
            program: the file of Python that it runs. arguments: what it is given.
        """
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by `end`
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-P", str(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101  pipes were asked for
        self.input: IO[bytes] = self._process.stdin
        self.output: IO[bytes] = self._process.stdout

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The last line of what it wrote to its log; empty where it wrote nothing."""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End it at once; whoever waits for its answer sees the end of its output."""
        self._process.kill()

    def end(self, seconds: float) -> None:
        """Close its input, wait for its end, and kill it after so many seconds."""
        for pipe in (self.input, self.output):
            with suppress(OSError):
                pipe.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
