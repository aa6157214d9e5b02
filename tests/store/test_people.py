"""People in the database: an older one is brought up to date, and what it holds stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.accounts.accounts import Accounts
from simulator.settings import ROOT
from simulator.store.backup import backup, restore
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.soundness import check
from tests.store.older import leave
from tests.store.records import ENCOUNTER, turn


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as version 3 left it: an encounter with a turn, and nothing of people."""
    path = tmp_path / "encounters.sqlite3"
    leave(ROOT / "tests" / "store" / "old" / "version-3.sql", path)
    return path


def test_a_database_without_people_is_brought_up_to_date_and_keeps_what_it_held(old: Path) -> None:
    assert check(old)[1] == []
    engine = connect(old)
    assert Repository(engine).get("e1", "ana") == replace(ENCOUNTER, turns=(turn(1),))
    people = PeopleStore(engine)
    accounts = Accounts(people)
    ana, _ = accounts.invite(None, "ana@x.edu", "Ana", "resident", "im")
    assert people.everybody() == [replace(ana, created_at=people.everybody()[0].created_at)]
    engine.dispose()
    assert check(old)[1] == []


def test_an_encounter_carries_its_programme_for_good(place: Place) -> None:
    store = Repository(connect(place))
    store.add(ENCOUNTER)
    store.add_turn("e1", turn(1))
    store.add(replace(ENCOUNTER, id="e2", programme="im"))
    store.add_turn("e2", turn(1))
    store.update(replace(ENCOUNTER, id="e2", programme="surgery", pad="x"), ENCOUNTER.phase)
    assert store.get("e2", "ana").programme == "im"
    assert [len(store.turns_of_case("sore-knee", 9, p)) for p in ("im", "surgery", None)] == [
        1,
        0,
        2,
    ]
    store.engine.dispose()


def test_a_backup_holds_the_people_and_brings_no_session_back(old: Path, tmp_path: Path) -> None:
    people = PeopleStore(connect(old))
    accounts = Accounts(people)
    _, token = accounts.invite(None, "ana@x.edu", "Ana", "resident", "im")
    secret = accounts.accept(token, "seven quiet green otters")
    backup(old, tmp_path / "kept")
    people.engine.dispose()
    restore(old, tmp_path / "kept")
    again = Accounts(PeopleStore(connect(old)))
    assert again.session(secret) is None
    assert again.session(again.sign_in("ana@x.edu", "seven quiet green otters", "x")) is not None
    again.people.engine.dispose()  # type: ignore[attr-defined]
