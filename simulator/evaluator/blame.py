"""What a teacher holds against the patient's replies: it moves no mark, and its author reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from simulator.encounter.records import Ruling, Turn
from simulator.evaluator.doubles import apart_name, doubled
from simulator.scripts.schema import PatientScript

Fault = Literal["misunderstood", "told too much", "contradicted", "out of character"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
NONE, PATIENT = "none", "patient:"
APART = apart_name(PATIENT)


def fault_mark(turn: int) -> str:
    """The name under which a fault of the reply to a turn, from 1, is kept among the rulings."""
    return f"{PATIENT}{turn}"


def faults_in(rulings: Sequence[Ruling], by: str = "") -> dict[int, Ruling]:
    """The faults that stand, the newest of each turn; see `standing`."""
    return {r.turn: r for r in standing(rulings, by) if r.turn}


def standing(rulings: Sequence[Ruling], by: str = "") -> tuple[Ruling, ...]:
    """The faults that stand, by turn and oldest first; one that was taken back is none.

    Args:
        rulings: all on one talk, oldest first. by: who looks. While two mark it apart, what one
            of them holds against the patient is theirs alone, and takes nothing back of the other.
    """
    known: dict[tuple[int, str], Ruling] = {}
    blind = doubled(rulings, ()).open
    for ruling in rulings:
        turn = ruling.turn or 0
        name = fault_mark(turn)
        if ruling.mark == name:
            known = {place: r for place, r in known.items() if place[0] != turn}
            known[turn, ""] = ruling
        elif ruling.mark == apart_name(name) and not (blind and ruling.by != by):
            for place in ((turn, ""), (turn, ruling.by)):  # what whoever marks apart had in view
                known.pop(place, None)
            known[turn, ruling.by] = ruling
    by_turn = sorted(known.items(), key=lambda found: found[0][0])
    return tuple(r for _, r in by_turn if r.verdict in FAULTS)


def resting_on(script: PatientScript, turn: Turn) -> frozenset[str]:
    """The items that the turn came near to asking for, or whose facts were told or kept back."""
    trace = turn.trace
    near = {c.fact for r in trace.readings for c in r.candidates}
    facts = {*trace.told, *trace.withheld, *near, *(f for r in trace.readings for f in r.facts)}
    return frozenset(i.id for i in script.checklist if facts & set(i.facts))
