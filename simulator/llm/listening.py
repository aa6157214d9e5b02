"""One try at hearing an answer: taken out of its wrapping, kept to its times, known by its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.llm.calls import Job
from simulator.llm.limits import Body, Fault, Watch
from simulator.llm.wrapping import Unwrapper
from simulator.settings import Settings

# Ended at a limit or by a filter: the last sentence may be half of one.
LIMITS = frozenset({"length", "max_tokens"})
FILTERS = frozenset({"content_filter", "safety", "recitation"})


class Listener:
    """Hears one answer for a job, piece by piece."""

    def __init__(self, job: Job[None], watch: Watch, settings: Settings) -> None:
        self.body = Body(thought=self._think)
        self.chunks = 0
        self._job, self._watch, self._settings = job, watch, settings
        self._unwrapper = Unwrapper()
        self._finish = ""

    def wait(self) -> None:
        """Give the first word its time."""
        self._watch.arm("slow_to_start", self._settings.llm_first_s)

    def take(self, piece: str, metadata: Mapping[str, Any]) -> bool:
        """Hear a piece, which may be empty, with what its provider says of how the answer ended.

        Returns:
            Whether more of the answer may come.
        """
        self.chunks += 1
        self._finish = _finish_of(metadata) or self._finish
        heard = self._unwrapper.hear(piece)
        if self._unwrapper.thinking and piece:
            self._think(len(piece))
        if self._job.full:
            self._watch.end("too_long")
        elif self._job.hear(heard):
            self._watch.arm("stalled", self._settings.llm_idle_s)
        if self._unwrapper.ended:  # the server may go on and play the other side too
            self._finish = "stop"
        return not self._unwrapper.ended

    def end(self) -> None:
        """Hear what was held back as perhaps a piece of wrapping."""
        self._job.hear(self._unwrapper.end())

    def check_end(self, marks_its_end: bool) -> None:
        """Tell a whole answer from one that merely stopped.

        Args:
            marks_its_end: whether the provider always says that an answer has ended.

        Raises:
            Fault: it is not whole.
        """
        if self._finish.lower() in LIMITS:
            raise Fault("too_long")
        if self._finish.lower() in FILTERS:
            raise Fault("cut")
        if marks_its_end and not (self._finish or self.body.done):
            if self.body.size and not self.chunks and not self.body.events:
                raise Fault("malformed", "no stream of events")
            raise Fault("cut", retry=True)
        if self._job.meter.first is None:
            raise Fault("empty")

    def _think(self, length: int) -> None:
        """Whoever thinks aloud is alive: the first word gets its time anew."""
        self._job.meter.chars_thought += length
        if self._job.meter.first is None:
            self.wait()


def _finish_of(metadata: Mapping[str, Any]) -> str:
    """Why an answer ended, as its provider calls it."""
    return str(metadata.get("finish_reason") or metadata.get("stop_reason") or "")
