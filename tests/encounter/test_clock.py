"""The server's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.encounter import clock
from simulator.encounter.clock import SteadyClock


def test_a_system_clock_that_is_set_moves_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    class Set(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2001, 1, 1, tzinfo=UTC)

    steady = SteadyClock()
    monkeypatch.setattr(clock, "datetime", Set)
    assert abs(steady() - datetime.now(UTC)) < timedelta(seconds=5)
