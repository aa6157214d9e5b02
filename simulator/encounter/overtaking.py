"""Turns that two processes answer at the same moment: both stand, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from simulator.encounter.records import Turn
from simulator.errors import Overtaken

MOST = 5  # times; each time somebody else's turn was stored, so this is no idle loop


def answered(put: Callable[[], Turn]) -> Turn:
    """A turn's answer, asked for anew where another turn was stored meanwhile.

    Args:
        put: reads how the encounter stands, and answers.

    Raises:
        Overtaken: it was overtaken every time.
    """
    for _ in range(MOST):
        with suppress(Overtaken):
            return put()
    return put()
