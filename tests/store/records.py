"""An encounter and its turns, as the store's tests write them."""

from __future__ import annotations

from datetime import UTC, datetime

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Turn
from tests.conftest import make_script
from tests.traces import make_trace

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TRACE = make_trace(told=["knee"])
ENCOUNTER = Encounter("e1", "ana", make_script(), "practice", Phase.INTERVIEW, NOON)


def turn(seq: int, client_turn_id: str = "", reply: str = "It hurts.") -> Turn:
    """A turn; its client id follows from its number unless given."""
    return Turn(seq, client_turn_id or f"t{seq}", "Where?", reply, TRACE, {}, NOON)
