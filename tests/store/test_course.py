"""What a course reads of many encounters, and what its judges said: kept, and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from simulator.encounter.course import Judgement
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Rating, Ruling
from simulator.errors import StoreError
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository
from tests.conftest import make_script

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Repository]:
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    yield store
    store.engine.dispose()


def put(
    store: Repository, name: str, resident: str, programme: str, day: int = 0,
    phase: Phase = Phase.FEEDBACK, reports: int = 1,
) -> None:  # fmt: skip
    at = NOW + timedelta(days=day)
    store.add(Encounter(name, resident, make_script(), "practice", phase, at, programme=programme))
    for number in range(reports):
        store.add_report(name, {"of": name, "number": number}, at)


def test_only_what_is_over_and_scored_is_read_newest_first_with_its_newest_report(
    store: Repository,
) -> None:
    put(store, "a", "ana", "im", reports=2)
    put(store, "b", "ben", "im", 1)
    put(store, "open", "ben", "im", 2, Phase.NOTE)
    put(store, "unscored", "ben", "im", 3, reports=0)
    ruling = Ruling("checklist:onset", "met", "", 1, "t", NOW)
    store.add_rulings("a", [ruling])
    found = store.scored(None, "", "", 10)
    assert [(r.id, r.resident, r.case, r.report["number"]) for r in found] == [
        ("b", "ben", "sore-knee", 0),
        ("a", "ana", "sore-knee", 1),
    ]
    assert [r.rulings for r in found] == [(), (ruling,)]
    assert found[1].held_at == NOW
    assert [r.id for r in store.scored(None, "", "", 1)] == ["b"]


def test_a_programme_a_resident_and_a_case_narrow_what_is_read(store: Repository) -> None:
    put(store, "a", "ana", "im")
    put(store, "b", "ben", "im")
    put(store, "c", "cleo", "surgery")
    assert {r.id for r in store.scored("im", "", "", 10)} == {"a", "b"}
    assert {r.id for r in store.scored("im", "ben", "sore-knee", 10)} == {"b"}
    assert store.scored("im", "cleo", "", 10) == store.scored(None, "", "other", 10) == []


def test_how_talks_were_judged_as_a_whole_is_read_with_them_and_never_changed(
    place: Place,
) -> None:
    store = Repository(connect(place))
    for name in ("a", "b"):
        put(store, name, "ana", "im")
    opened, judged = Rating(None, "t", NOW, False), Rating(2, "t", NOW + timedelta(days=1), False)
    store.add_rating("a", opened)
    store.add_rating("a", judged)
    assert store.ratings(["a", "b"]) == {"a": [opened, judged]}
    assert store.ratings([]) == store.ratings(["b"]) == {}
    assert {r.id: r.ratings for r in store.scored("im", "", "", 9)} == {
        "a": (opened, judged),
        "b": (),
    }
    with pytest.raises(StoreError, match="never changed"), store._session() as session:
        session.execute(text("UPDATE rating SET level = 5"))
    store.engine.dispose()


def test_what_judges_said_is_kept_by_programme_and_never_changed(store: Repository) -> None:
    one = Judgement("x", "1.0.0", {"onset": 60.0}, NOW)
    two = Judgement("x", "1.0.0", {"onset": 70.5}, NOW + timedelta(days=1))
    for judgement in (one, two):
        store.add_judgement("im", "sore-knee", judgement)
    assert store.judgements("im", "sore-knee") == store.judgements(None, "sore-knee") == [one, two]
    assert store.judgements("surgery", "sore-knee") == store.judgements("im", "other") == []
    with pytest.raises(StoreError, match="never changed"), store._session() as session:
        session.execute(text("UPDATE angoff SET estimates = '{}'"))
