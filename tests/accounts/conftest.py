"""Accounts over a real database, under a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.accounts.accounts import Accounts
from simulator.accounts.people import Person
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.people import PeopleStore
from tests.encounter.conftest import Clock

GOOD = "seven quiet green otters"


class Office(Accounts):
    """Accounts with a short way to people who have chosen a password."""

    def hire(self, email: str, role: str, programme: str = "") -> Person:
        """Somebody who can sign in with the good password and has agreed to the terms."""
        person, token = self.invite(None, email, email.partition("@")[0].title(), role, programme)
        self.sign_out(person, self.accept(token, GOOD))
        self.consent(person, "1")
        found = self.people.person(person.id)
        assert found is not None
        return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(place: Place, clock: Clock) -> Iterator[Office]:
    people = PeopleStore(connect(place))
    yield Office(people, now=clock)
    people.engine.dispose()
