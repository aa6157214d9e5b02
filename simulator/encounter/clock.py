"""The server's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SteadyClock:
    """The server's clock: the time at its start and what has passed since.

    So a system clock that is set, by hand or from the network, moves no deadline of a running
    interview. What passes while the machine sleeps counts.
    """

    def __init__(self) -> None:
        self._start, self._passed = datetime.now(UTC), self._elapsed()

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self._start + timedelta(seconds=self._elapsed() - self._passed)

    @staticmethod
    def _elapsed() -> float:
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.clock_gettime(boot) if boot is not None else time.monotonic()
