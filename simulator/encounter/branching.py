"""Try again from a turn: a new encounter of the same edition, begun with the talk until there."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase, require
from simulator.encounter.records import Encounter, allowed, minutes_in_room
from simulator.errors import NotAllowed

LEAST = timedelta(minutes=5)  # of talk, however late in the interview the turn was


def open_branch(encounters: Encounters, encounter_id: str, resident: str, turn: int) -> Encounter:
    """A practice encounter that goes on before this turn of one that is over.

    One that was opened from there and in which nothing was said yet is given again.

    Args:
        encounters, encounter_id, resident: whose encounter is gone on from.
        turn: the resident's turn, from 1, in whose place something else may be said.

    Raises:
        NotAllowed: the encounter is somebody else's or not over, or has no such turn.
    """
    origin = encounters.get(encounter_id, resident)
    require(origin.phase, Phase.FEEDBACK)
    if not 1 <= turn <= len(origin.turns):
        raise NotAllowed(f"That encounter has no turn {turn}. Choose another in its review.")
    waiting = _untouched(encounters, origin, turn)
    if waiting is not None:
        return waiting
    begun = branch(origin, turn, encounters.now())
    encounters.store.add(begun)
    return begun


def branch(origin: Encounter, turn: int, now: datetime) -> Encounter:
    """The encounter that begins with all that was said before the turn.

    Its clock stands where it stood then, with five minutes at least; notes, note and own view
    are as they were handed in, and a hint that was given stays given.
    """
    whole = allowed(origin.script.doorway.minutes, origin.added_percent)
    spent = timedelta(minutes=minutes_in_room(origin, origin.turns[turn - 1].at))
    left = max(whole - spent, min(whole, LEAST))
    return replace(
        origin,
        id=str(uuid.uuid4()),
        mode="practice",
        phase=Phase.INTERVIEW,
        created_at=now,
        started_at=now + left - whole,
        deadline=now + left,
        ended_at=None,
        note_deadline=None,
        unsent="",
        assignment="",
        branch_of=origin.id,
        branch_turn=turn,
        turns=origin.turns[: turn - 1],
        orders=tuple(o for o in origin.orders if o.after_turn < turn),
    )


def _untouched(encounters: Encounters, origin: Encounter, turn: int) -> Encounter | None:
    for found in encounters.store.of_resident(origin.resident):
        if (found.branch_of, found.branch_turn, found.phase) != (origin.id, turn, Phase.INTERVIEW):
            continue
        now = encounters.get(found.id, origin.resident)
        if now.phase == Phase.INTERVIEW and len(now.turns) < turn:
            return now
    return None
