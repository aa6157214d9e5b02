"""When a station stands open, the timetable of a bell circuit, and whether feedback is held back.

Promises to whoever sits an examination, and therefore code; all of it is pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from simulator.assignments.records import Assignment, Cohort
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, allowed

State = Literal["open", "running", "later", "after", "done", "closed"]
CHANGE = timedelta(minutes=2)  # from one station of a bell circuit to the next


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long a case lasts: in the room, and for the note."""

    room: float
    note: float


@dataclass(frozen=True, slots=True)
class Station:
    """How a station of an assignment stands for one resident.

    States: `open` may be begun; `running` was begun and is not over; `later` opens at `opens_at`;
    `after` waits for the station before it; `done` has no attempt left; `closed` is too late.
    """

    number: int
    case: str
    state: State
    tries: int
    opens_at: datetime
    ends_at: datetime
    running: str = ""  # the encounter that goes on
    finished: str = ""  # the newest that is over


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a bell circuit for one resident: their station, and when its door is open."""

    case: str
    begins: datetime
    door_shuts: datetime


def ends_at(assignment: Assignment, cohort: Cohort, lengths: Mapping[str, Minutes]) -> datetime:
    """When the assignment ends: the end of its window, or of the last round of a bell circuit."""
    if assignment.order != "bell":
        return assignment.closes_at
    return assignment.opens_at + len(assignment.stations) * _round(assignment, cohort, lengths)


def rounds(
    assignment: Assignment, cohort: Cohort, resident: str, lengths: Mapping[str, Minutes]
) -> tuple[Round, ...]:
    """The rounds of a bell circuit for one resident, in the order in which they come.

    Residents begin at different stations and move on together. A round lasts as long as the
    longest station for whoever has most time, so that the bell is the same for everybody.
    """
    place, n = sorted(cohort.members).index(resident), len(assignment.stations)
    added, each = cohort.members[resident], _round(assignment, cohort, lengths)
    found = []
    for number in range(n):
        case = assignment.stations[(place + number) % n]
        begins = assignment.opens_at + number * each
        found.append(Round(case, begins, begins + allowed(lengths[case].room, added)))
    return tuple(found)


def _round(assignment: Assignment, cohort: Cohort, lengths: Mapping[str, Minutes]) -> timedelta:
    most = max(cohort.members.values(), default=0)
    longest = max(lengths[s].room + lengths[s].note for s in assignment.stations)
    return allowed(longest, most) + CHANGE


def stations(
    assignment: Assignment,
    cohort: Cohort,
    resident: str,
    held: Sequence[Encounter],
    lengths: Mapping[str, Minutes],
    now: datetime,
) -> tuple[Station, ...]:
    """How each station stands for a resident, in the order in which they hold them.

    Args:
        assignment, cohort, resident: what is set to whom. held: the resident's encounters.
        lengths: of each case, by its id. now: the moment.
    """
    windows = [(s, assignment.opens_at, assignment.closes_at) for s in assignment.stations]
    if assignment.order == "bell":
        turns = rounds(assignment, cohort, resident, lengths)
        windows = [(r.case, r.begins, r.door_shuts) for r in turns]
    found: list[Station] = []
    before_is_over = True
    for number, (case, opens, closes) in enumerate(windows, 1):
        tries = _tries(held, assignment, case)
        waits = assignment.order == "circuit" and not before_is_over
        state = _state(assignment, tries, waits, opens, closes, now)
        running = next((e.id for e in tries if e.phase != Phase.FEEDBACK), "")
        over = next((e.id for e in tries if e.phase == Phase.FEEDBACK), "")
        found.append(Station(number, case, state, len(tries), opens, closes, running, over))
        before_is_over = bool(over)
    return tuple(found)


def _tries(held: Sequence[Encounter], assignment: Assignment, case: str) -> list[Encounter]:
    """What was begun at a station, the newest first."""
    mine = [e for e in held if e.assignment == assignment.id and e.script.id == case]
    begun = [e for e in mine if e.phase != Phase.BRIEFING]
    return sorted(begun, key=lambda e: e.created_at, reverse=True)


def _state(
    assignment: Assignment,
    tries: Sequence[Encounter],
    waits: bool,
    opens: datetime,
    closes: datetime,
    now: datetime,
) -> State:
    if any(e.phase != Phase.FEEDBACK for e in tries):
        return "running"
    if assignment.attempts and len(tries) >= assignment.attempts:
        return "done"
    if now >= closes or assignment.withdrawn_at is not None:
        return "done" if tries else "closed"
    if now < opens:
        return "later"
    return "after" if waits else "open"


def holds_back(assignment: Assignment, ends: datetime, now: datetime) -> bool:
    """Whether the feedback is not given out yet.

    Args:
        assignment: what was set. ends: when it ends, as of `ends_at`. now: the moment.
    """
    if assignment.released_at is not None or assignment.release == "at once":
        return False
    return assignment.release == "by hand" or now < ends
