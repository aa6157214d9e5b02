"""Whether the forms are offered on a page: seldom, and never to those who declined."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from fastapi import Request

from simulator.accounts.people import Permission, Person, Role
from simulator.course.acceptance import is_due
from simulator.encounter.opinions import Occasion, OpinionStore
from simulator.errors import StoreError
from simulator.web.access import known

logger = logging.getLogger(__name__)


def may_answer(asks: Person, occasion: str) -> bool:
    """Whether a form is for somebody: for residents after a talk, for authors after writing."""
    if occasion == "practice":
        return asks.role in (Role.RESIDENT, Role.ALONE)
    return occasion == "authoring" and asks.may(Permission.WRITE_CASES)


class Offers:
    """Who may be asked now; that somebody was asked is kept."""

    def __init__(self, store: OpinionStore, now: Callable[[], datetime]) -> None:
        self.store, self.now = store, now

    def on(self, request: Request, occasion: Occasion) -> bool:
        """Whether a page offers the forms; a store that fails offers nothing."""
        asks = known(request)
        if asks is None or not may_answer(asks, occasion):
            return False
        try:
            asked, today = self.store.asked(asks.id), day(self.now())
            if not is_due(asked, today):
                return False
            if asked.offered_at != today:
                self.store.put_asked(asks.id, replace(asked, offered_at=today))
        except StoreError as error:
            logger.warning("no form is offered: %s", error)
            return False
        return True


def day(moment: datetime) -> datetime:
    """The day alone: the hour would lead to the talk after which somebody answered."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
