"""Whether a teacher has seen marks of a talk before they judged it as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from simulator.accounts.people import Permission, Person, Role
from simulator.encounter.records import Rating, Ruling
from simulator.encounter.store import Store


def is_blind(asks: Person, ratings: Sequence[Rating], rulings: Sequence[Ruling] = ()) -> bool:
    """Whether somebody has seen no mark of a talk, as far as the program knows.

    Without accounts one judges the own talk, of which the review was read before.
    """
    alone = asks.role == Role.ALONE
    return not alone and asks.id not in {*(r.by for r in ratings), *(r.by for r in rulings)}


def note_opened(store: Store, encounter_id: str, asks: Person, now: datetime) -> None:
    """Keep that a teacher opened the marks of a talk that they had not judged; once."""
    ratings = store.ratings([encounter_id]).get(encounter_id, [])
    if asks.may(Permission.CORRECT_SCORES) and is_blind(asks, ratings):
        store.add_rating(encounter_id, Rating(None, asks.id, now, False))
