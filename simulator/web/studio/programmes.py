"""With accounts: a studio for each programme, with drafts and misses of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.types import Receive, Scope, Send

from simulator.encounter.records import Encounter, Flagged, Turn
from simulator.encounter.store import Store
from simulator.errors import NotAllowed
from simulator.feedback import Feedback
from simulator.services import Services
from simulator.studio.desk import Desk
from simulator.studio.drafts import Drafts
from simulator.web.access import person
from simulator.web.opinions.offers import Offers
from simulator.web.studio import routes


@dataclass(frozen=True, slots=True)
class ProgrammesStore:
    """What the residents of one programme did; nobody else's can be read through it."""

    store: Store
    programme: str

    def turns_of_case(self, script_id: str, most: int) -> list[Turn]:
        """What was said to one patient in the programme's encounters, the newest first."""
        return self.store.turns_of_case(script_id, most, self.programme)

    def flagged(self, script_id: str) -> list[Flagged]:
        """What the programme's teachers call wrong of one patient's replies, newest first."""
        return self.store.flagged(script_id, self.programme)

    def of_case(self, script_id: str) -> list[Encounter]:
        """The programme's encounters with one patient, without their turns, newest first."""
        return self.store.of_case(script_id, self.programme)

    def read(self, encounter_id: str) -> Encounter:
        """An encounter of the programme, whole.

        Raises:
            NotAllowed: there is none of that id, or it is another programme's.
        """
        found = self.store.read(encounter_id)
        if found.programme != self.programme:
            raise NotAllowed("There is no such encounter in your programme.")
        return found


class Studios:
    """Leads each author to the studio of the author's own programme."""

    def __init__(
        self, services: Services, store: Store, feedback: Feedback, offers: Offers
    ) -> None:
        self.services, self.store, self.feedback = services, store, feedback
        self.offers = offers
        self._made: dict[str, FastAPI] = {}
        self._guard = threading.Lock()
        self.routes = self._of("").routes  # what can be asked for is the same in each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the programme's own studio answer."""
        asks = person(Request(scope))
        await self._of(asks.programme)(scope, receive, send)

    def _of(self, programme: str) -> FastAPI:
        with self._guard:
            if programme not in self._made:
                desk = Desk(self.services)
                if programme:  # no draft has such an id
                    desk.drafts = Drafts(desk.drafts.folder / f"@{programme}")
                held = ProgrammesStore(self.store, programme)
                self._made[programme] = routes.create(
                    desk, held, self.feedback, _signed_in, self.offers
                )
            return self._made[programme]


def _signed_in(request: Request) -> None:
    """The gate has looked whether this is open to whoever asks; nobody comes past it."""
    person(request)
