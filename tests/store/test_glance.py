"""What is asked of the store again and again by whoever watches the program."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from simulator.accounts.accounts import Accounts
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.glance import Glance
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from tests.store.records import ENCOUNTER, NOON, turn


def test_interviews_are_those_in_which_something_was_said_lately(place: Place) -> None:
    engine = connect(place)
    store, glance = Repository(engine), Glance(engine)
    assert (glance.interviews(NOON), glance.audit_lines()) == (0, 0)
    for name in ("e1", "e2", "e3"):
        store.add(replace(ENCOUNTER, id=name))
    store.add_turn("e1", turn(1))
    store.add_turn("e1", turn(2))
    store.add_turn("e2", replace(turn(1), at=NOON + timedelta(minutes=4)))
    assert glance.interviews(NOON + timedelta(minutes=4)) == 2
    assert glance.interviews(NOON + timedelta(minutes=6)) == 1
    assert glance.interviews(NOON + timedelta(hours=1)) == 0
    Accounts(PeopleStore(engine)).invite(None, "ana@x.edu", "Ana", "resident", "im")
    assert glance.audit_lines() == 2  # the invitation, and its link
    engine.dispose()
