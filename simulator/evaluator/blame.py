"""What a teacher holds against the patient's replies: it moves no mark, and its author reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from simulator.encounter.records import Ruling, Turn
from simulator.scripts.schema import PatientScript

Fault = Literal["misunderstood", "told too much", "contradicted", "out of character"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
NONE, PATIENT = "none", "patient:"


def fault_mark(turn: int) -> str:
    """The name under which a fault of the reply to a turn, from 1, is kept among the rulings."""
    return f"{PATIENT}{turn}"


def faults_in(rulings: Sequence[Ruling]) -> dict[int, Ruling]:
    """The faults that stand, by turn; one that was taken back is none. Oldest first is given."""
    newest = {r.turn: r for r in rulings if r.mark.startswith(PATIENT) and r.turn}
    return {turn: r for turn, r in sorted(newest.items()) if r.verdict in FAULTS}


def resting_on(script: PatientScript, turn: Turn) -> frozenset[str]:
    """The items that the turn came near to asking for, or whose facts were told or kept back."""
    trace = turn.trace
    near = {c.fact for r in trace.readings for c in r.candidates}
    facts = {*trace.told, *trace.withheld, *near, *(f for r in trace.readings for f in r.facts)}
    return frozenset(i.id for i in script.checklist if facts & set(i.facts))
