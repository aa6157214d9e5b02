"""What happened in encounters that others are told of, found in what is stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from simulator.assignments.assignments import Assignments
from simulator.evaluator.report import Report
from simulator.feedback import Feedback

AT_ONCE = 20  # encounters that one look scores at most


class Event(StrEnum):
    """What happened, as it begins the id of what is sent of it."""

    LAUNCHED = "launched"
    COMPLETED = "completed"
    SCORED = "scored"
    GRADED = "graded"


@dataclass(frozen=True, slots=True)
class Held:
    """An encounter of which others are told: nothing of what was said in it."""

    id: str
    person: str
    pseudonym: str
    case: str
    title: str
    version: str
    started_at: datetime | None
    ended_at: datetime | None
    assignment: str


class Finds(Protocol):
    """Where encounters are found of which something was not told yet."""

    def since(self, kind: str, at: datetime) -> datetime:
        """When something was switched on; now, the first time that is asked."""

    def lacking(self, event: Event, since: datetime, most: int) -> list[Held]:
        """Encounters of which an event was not told yet, the oldest first."""

    def lacking_of(
        self,
        event: Event,
        since: datetime,
        assignments: Sequence[str],
        most: int,
        people: Sequence[str] | None = None,
    ) -> list[Held]:
        """The same, held for one of these ("" is for none at all), and by these people alone."""

    def assignments_lacking(self, event: Event, since: datetime) -> list[str]:
        """The assignments for which those encounters were held; "" where one was for none."""


class Scored:
    """The reports of encounters whose residents may see them; no others leave the program."""

    def __init__(self, finds: Finds, feedback: Feedback, assignments: Assignments) -> None:
        self.finds, self.feedback, self.assignments = finds, feedback, assignments
        self.store = assignments.encounters.store

    def given_out(
        self, event: Event, since: datetime, only: Collection[tuple[str, str]] | None = None
    ) -> list[tuple[Held, Report]]:
        """The encounters whose feedback was given out and of which an event was not told yet.

        Args:
            event, since: what, of those begun since when.
            only: of these assignments and people alone.
        """
        among = self.finds.assignments_lacking(event, since)
        named = among if only is None else {a for a, _ in only} & set(among)
        out = [a for a in named if self.assignments.is_given_out(a)]
        people = None if only is None else [p for _, p in only]
        found = self.finds.lacking_of(event, since, out, AT_ONCE, people) if out else []
        return [(held, self.feedback.of(self.store.read(held.id))) for held in found]
