"""What waits to be sent: kept until it arrived, tried again with growing pauses, at least once.

What is to be sent is found by looking at what is stored, not told by whoever stored it: so nothing
is forgotten when the program stops between the two, and what becomes due by the clock alone, as
feedback that waits until an assignment closes, is found like all else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from simulator.errors import PlatformUnavailable, SimulatorError

logger = logging.getLogger(__name__)
LOOK_S = 30.0  # how often it is looked whether there is something to send
AT_ONCE = 50
LEASE = timedelta(minutes=5)  # how long one process has what it is sending
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something to be sent; the id is the same whenever it is made anew."""

    id: str
    kind: str
    body: dict[str, Any]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the outbox stands."""

    count: int = 0
    oldest: datetime | None = None
    fault: str = ""  # of the newest that failed; no secret and nobody's name is in it
    sent: int = 0


class Box(Protocol):
    """Where parcels are kept."""

    def put(self, parcels: Sequence[Parcel], at: datetime) -> int:
        """Store those that are not there yet; how many that were."""

    def claim(self, most: int, until: datetime, at: datetime, early: bool) -> list[Parcel]:
        """Those that are due, the oldest first; nobody else is given them until a moment."""

    def sent(self, parcel_id: str, at: datetime) -> None:
        """Store that one arrived."""

    def failed(self, parcel_id: str, fault: str, due_at: datetime) -> None:
        """Store that one did not arrive, and when it is tried again."""

    def waiting(self) -> Waiting:
        """How many wait."""


class Sender(Protocol):
    """Brings parcels of one kind to where they belong."""

    def send(self, parcel: Parcel) -> None:
        """Bring it there.

        Raises:
            PlatformUnavailable: it did not arrive.
        """


class Courier:
    """Looks for what is to be sent, and sends it, again and again."""

    def __init__(
        self,
        box: Box,
        gather: Sequence[Callable[[], Sequence[Parcel]]],
        senders: Mapping[str, Sender],
        now: Callable[[], datetime],
    ) -> None:
        self.box, self.gather, self.senders, self.now = box, gather, senders, now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is being sent; what waits is kept."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def once(self, early: bool = False) -> int:
        """Look, and send what is due; how many arrived.

        Args:
            early: send what waits for another try as well.
        """
        for find in self.gather:
            self.box.put(find(), self.now())
        arrived = 0
        for parcel in self.box.claim(AT_ONCE, self.now() + LEASE, self.now(), early):
            if self._stop.is_set():
                break
            arrived += self._sent(parcel)
        return arrived

    def _sent(self, parcel: Parcel) -> bool:
        sender = self.senders.get(parcel.kind)
        if sender is None:  # what was once switched on waits until it is again
            self.box.failed(parcel.id, "it is not switched on", self.now() + LONGEST_PAUSE)
            return False
        try:
            sender.send(parcel)
        except PlatformUnavailable as error:
            self.box.failed(parcel.id, error.why[:200], self.now() + pause(parcel.tries))
            return False
        self.box.sent(parcel.id, self.now())
        return True

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.once()
            except SimulatorError as error:
                logger.warning("the outbox could not be looked through: %s", error)
            except Exception:  # whatever it is, the next look comes
                logger.exception("the outbox could not be looked through")


def pause(tries: int) -> timedelta:
    """How long it waits before it is tried again, after so many tries before this one."""
    return min(FIRST_PAUSE * (1 << min(tries, 20)), LONGEST_PAUSE)
