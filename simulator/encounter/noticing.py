"""What is noticed on the page under exam conditions: told to the resident, shown to a teacher."""

from __future__ import annotations

from typing import Literal

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import MAX_TYPED, Encounter, Notice

MOST = 200  # so many notices of one encounter are kept


def is_watched(encounter: Encounter) -> bool:
    """Whether notices are kept: in an examination that was set, never where one sets it oneself."""
    return bool(encounter.assignment) and encounter.mode == "exam"


def keep_notice(
    encounters: Encounters,
    encounter_id: str,
    resident: str,
    kind: Literal["left", "pasted"],
    amount: int,
) -> bool:
    """Keep that the page was left, or that text was pasted, under exam conditions.

    Args:
        encounters, encounter_id, resident: whose encounter. kind, amount: as of `Notice`.

    Returns:
        Whether it was kept: only in the interview and the note, and not without end.

    Raises:
        NotAllowed: the encounter is somebody else's.
    """
    encounter = encounters.get(encounter_id, resident)
    if not (is_watched(encounter) and encounter.phase in (Phase.INTERVIEW, Phase.NOTE)):
        return False
    if len(encounters.store.notices(encounter_id)) >= MOST:
        return False
    turn, at = len(encounter.turns), encounters.now()
    notice = Notice(kind, max(0, min(amount, MAX_TYPED)), turn, at)
    encounters.store.add_notice(encounter_id, notice)
    return True
