"""What the program's log says: plain lines for people, or one JSON object a line for machines.

Neither holds what somebody said: of an error that is not one of the program's own only the type
and the place are told, since its words may quote a message. People appear under pseudonyms.
"""

from __future__ import annotations

import json
import logging
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from simulator.errors import SimulatorError

PROGRAM = "simulator"  # the logger above all of the program's own
FIELDS = ("event", "reference", "kind", "route", "status", "ms")  # what a line may carry besides
FRAMES = 12
KEPT_BACK = {"event": "audit failed"}  # what could not be recorded was not done
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Trail:
    """By which request something came to be done, and for whom: a pseudonym, or nothing."""

    request: str
    whose: Callable[[], str]


TRAIL: ContextVar[Trail | None] = ContextVar("trail", default=None)  # of the task that is run


def set_up(form: Literal["plain", "json"]) -> None:
    """Have the log written to the standard error, in one of its two forms."""
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson() if form == "json" else AsLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(PROGRAM).setLevel(logging.INFO if form == "json" else logging.WARNING)


def fault(error: Exception) -> str:
    """Log a failure that is the operator's; gives the reference under which it stands there."""
    reference = uuid.uuid4().hex[:8]
    known = isinstance(error, SimulatorError)
    kind = type(error).__name__ if known else "unexpected"
    more = {"event": "fault", "reference": reference, "kind": kind}
    if known:
        logger.error("reference %s: %s", reference, error, extra=more)
    else:
        logger.error("reference %s", reference, exc_info=error, extra=more)
    return reference


def told(error: BaseException) -> str:
    """An error without its words, unless they are the program's or the system's: type and place."""
    chain, lines = [error], []
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and len(chain) < FRAMES:
        chain.append(cause)
    for link in reversed(chain):
        for frame in traceback.extract_tb(link.__traceback__)[-FRAMES:]:
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        words = f": {link}" if isinstance(link, SimulatorError | OSError) else ""
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}{words}")
    return "\n".join(lines)


class AsLines(logging.Formatter):
    """A line for people: when, how bad, where, what."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Any) -> str:
        """What failed, without what somebody may have said."""
        return told(ei[1])


class AsJson(logging.Formatter):
    """An event as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The event; a line break within it is written as one of JSON's."""
        at, trail = datetime.fromtimestamp(record.created, UTC), TRAIL.get()
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": "message",
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1]:
            line["error"] = told(record.exc_info[1])
        if trail is not None:
            line |= {"request": trail.request} | ({"person": who} if (who := trail.whose()) else {})
        return json.dumps(line, ensure_ascii=False)


class Counting(logging.Handler):
    """Counts what is logged: lines by level, faults by kind, and what was kept back."""

    def __init__(
        self,
        line: Callable[[str], None],
        failed: Callable[[str], None],
        kept_back: Callable[[], None],
    ) -> None:
        super().__init__(logging.WARNING)
        self._line, self._failed, self._kept_back = line, failed, kept_back

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self._line(record.levelname.lower())
        event = getattr(record, "event", "")
        if event == "fault":
            self._failed(str(getattr(record, "kind", "unexpected")))
        elif event == KEPT_BACK["event"]:
            self._kept_back()


@contextmanager
def counted(counting: Counting) -> Iterator[None]:
    """Have the program's log counted for as long as the block lasts."""
    log = logging.getLogger(PROGRAM)
    log.addHandler(counting)
    try:
        yield
    finally:
        log.removeHandler(counting)
