"""What encounters need of the place where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from simulator.encounter.course import CourseStore
from simulator.encounter.listing import Asked, Listed
from simulator.encounter.opinions import OpinionStore
from simulator.encounter.phases import Phase
from simulator.encounter.records import Dispute, Encounter, Notice, Order, Ruling, Standing, Turn
from simulator.llm import Purpose


class Store(CourseStore, OpinionStore, Protocol):
    """Where encounters are kept."""

    def add(self, encounter: Encounter) -> None:
        """Store a new encounter, with the turns and orders that it begins with."""

    def get(self, encounter_id: str, resident: str) -> Encounter:
        """An encounter of this resident, whole."""

    def of_resident(self, resident: str) -> list[Encounter]:
        """The resident's encounters, newest first."""

    def listed(self, asked: Asked) -> list[Listed]:
        """A page of the encounters that are asked for, the newest first."""

    def update(self, encounter: Encounter, expected: Phase) -> None:
        """Store what changed, if the encounter still stands in the expected phase."""

    def keep(
        self, encounter_id: str, resident: str, phases: Sequence[Phase], typed: dict[str, Any]
    ) -> bool:
        """Keep what is being typed, while the encounter stands in these phases."""

    def standing(self, encounter_id: str, resident: str) -> Standing:
        """How an encounter of this resident stands."""

    def close(self) -> None:
        """Let go of the database, whole."""

    def add_turn(self, encounter_id: str, turn: Turn) -> Turn:
        """Store a turn once."""

    def find_turn(self, encounter_id: str, client_turn_id: str) -> Turn | None:
        """The turn of that client id."""

    def add_calls(
        self, encounter_id: str, resident: str, calls: Sequence[dict[str, Any]], at: datetime
    ) -> None:
        """Store what a language model's calls cost."""

    def tokens_since(
        self, since: datetime, resident: str = "", purpose: Purpose = "patient"
    ) -> int:
        """The tokens used for a purpose since then, by one resident or by all."""

    def add_order(self, encounter_id: str, order: Order) -> None:
        """Store an order once."""

    def add_report(self, encounter_id: str, report: dict[str, Any], at: datetime) -> None:
        """Store a report."""

    def latest_report(self, encounter_id: str) -> dict[str, Any] | None:
        """The newest report."""

    def of_case(self, script_id: str, programme: str | None = None) -> list[Encounter]:
        """All encounters with one patient, without their turns, newest first."""

    def read(self, encounter_id: str) -> Encounter:
        """An encounter, whole, whoever's it is."""

    def add_dispute(self, encounter_id: str, dispute: Dispute) -> None:
        """Store what is said against a mark."""

    def disputes(self, encounter_id: str) -> list[Dispute]:
        """What was said against marks of an encounter, oldest first."""

    def add_rulings(self, encounter_id: str, rulings: Sequence[Ruling]) -> None:
        """Store what a teacher decided about marks, all or none."""

    def rulings(self, encounter_id: str) -> list[Ruling]:
        """What was decided about marks of an encounter, oldest first."""

    def add_notice(self, encounter_id: str, notice: Notice) -> None:
        """Store what was noticed on the page in an examination."""

    def notices(self, encounter_id: str) -> list[Notice]:
        """What was noticed, oldest first."""

    def finished(self, programme: str | None, resident: str, most: int) -> list[Encounter]:
        """Encounters that are over, without their turns, newest first."""

    def turns_of_case(self, script_id: str, most: int, programme: str | None = None) -> list[Turn]:
        """What was said to one patient in all encounters, the newest first."""

    def check_readable(self) -> None:
        """Look whether what is stored can be read."""

    def check_writable(self) -> None:
        """Look whether a step could be stored."""
