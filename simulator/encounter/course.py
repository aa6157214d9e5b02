"""What is kept of many encounters at once: scored ones, and what judges expect of an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from simulator.encounter.records import Flagged, Rating, Ruling


@dataclass(frozen=True, slots=True)
class Scored:
    """An encounter that is over, with the newest report kept on it and what was decided since."""

    id: str
    resident: str
    case: str
    held_at: datetime
    branch_of: str
    report: dict[str, Any]  # as it was stored: the machine's
    rulings: tuple[Ruling, ...]  # oldest first
    ratings: tuple[Rating, ...] = ()  # of the talk as a whole, oldest first


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge expects of each item of a case: so many of a hundred just able residents."""

    judge: str
    version: str  # the edition of the case that was judged
    estimates: Mapping[str, float]  # 0 to 100, by item
    at: datetime


class CourseStore(Protocol):
    """What a course needs of the store."""

    def scored(self, programme: str | None, resident: str, case: str, most: int) -> list[Scored]:
        """Encounters that are over and scored, newest first.

        Args:
            programme: whose residents held them; None for all. resident, case: of one alone, if
                named. most: how many at most.
        """

    def flagged(self, script_id: str, programme: str | None = None) -> list[Flagged]:
        """What teachers call wrong of one patient's replies, newest first; None: everywhere."""

    def add_rating(self, encounter_id: str, rating: Rating) -> None:
        """Store how a teacher judges a whole talk; what was judged before stays."""

    def ratings(self, encounter_ids: Sequence[str]) -> dict[str, list[Rating]]:
        """How teachers judged these talks, oldest first; those that nobody judged are left out."""

    def add_judgement(self, programme: str, case: str, judgement: Judgement) -> None:
        """Store what a judge expects; what was judged before stays."""

    def judgements(self, programme: str | None, case: str) -> list[Judgement]:
        """What was judged of a case, oldest first; None for every programme."""
