"""What was kept long enough goes by kind; what was not, and what is kept for ever, stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.expiring import KEPT, Expiring
from simulator.store.people import PeopleStore
from simulator.store.record import RecordRows
from tests.accounts.conftest import Office
from tests.encounter.conftest import Clock
from tests.store.lives import everything, lived
from tests.store.records import NOON

YEAR = dict.fromkeys(KEPT, 365)


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    made = connect(place)
    yield made
    made.dispose()


def numbers(engine: Engine, at: datetime, trial: bool = False, **days: int) -> dict[str, int]:
    found = Expiring(engine).expire({**YEAR, **days}, at, trial)  # type: ignore[dict-item]
    return {e.kind: e.number for e in found if e.number}


def test_each_kind_goes_at_its_age_and_the_log_says_what_went(engine: Engine) -> None:
    old = lived(engine, "old")
    young = lived(engine, "young", NOON + timedelta(days=300))
    at = NOON + timedelta(days=400)
    kept, log = RecordRows(engine).record(young.id), len(everything(engine)["log"])
    shown = numbers(engine, at, trial=True)
    passing = {"passing": 3}  # the link of each, and the session that is left
    would = {"unfinished": 1, "practice": 2, "opinions": 1, "sent": 1, "tokens": 1}
    assert shown == would | passing
    assert len(everything(engine)["log"]) == log
    del shown["sent"]  # of a talk, with which it goes
    assert numbers(engine, at) == shown
    lines = [(r["what"], r["row"]) for r in everything(engine)["log"][log:]]
    assert sorted(lines) == sorted(("let records expire", kind) for kind in shown)
    assert numbers(engine, at) == {}
    left = RecordRows(engine).record(old.id)
    assert left["encounters"] == left["opinions"] == left["token"] == left["session"] == []
    assert left["account"] is not None and left["identity"] and left["cohorts"]
    now = RecordRows(engine).record(young.id)
    passed = {"session": [], "invitation": []}
    assert now == {**kept, **passed}


def test_what_has_no_period_is_kept_for_ever(engine: Engine) -> None:
    old = lived(engine, "old")
    kept = RecordRows(engine).record(old.id)
    found = Expiring(engine).expire(dict.fromkeys(KEPT, 0), NOON + timedelta(days=9999), False)
    assert [e.kind for e in found] == ["passing"]
    passed = {"session": [], "invitation": []}
    assert RecordRows(engine).record(old.id) == {**kept, **passed}


def test_what_was_sent_is_forgotten_and_not_sent_again(engine: Engine) -> None:
    lived(engine, "old")
    assert numbers(engine, NOON + timedelta(days=400), practice=0)["sent"] == 1
    rows = {r["id"]: r["body"] for r in everything(engine)["outbox"]}
    assert rows["launched:old-0"] == {} and rows["scored:old-0"] != {}


def test_whose_account_was_closed_long_enough_is_named_unless_it_is_open_again(
    engine: Engine,
) -> None:
    clock = Clock()
    office = Office(PeopleStore(engine), now=clock)
    ana, ben, eve = (office.hire(f"{n}@x.edu", "resident", "im") for n in ("ana", "ben", "eve"))
    for person in (ana, ben):
        office.close(None, person.id)
    office.reopen(None, ben.id)
    after = clock.time + timedelta(days=1)
    clock.forward(minutes=2000)
    office.close(None, eve.id)
    assert Expiring(engine).shut_out(after) == [ana.id]
