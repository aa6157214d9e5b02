"""What a language model's calls cost: a row each, never changed, counted by resident and day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from simulator.errors import StoreError
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository
from simulator.store.tables import CallRow
from tests import traces
from tests.store.records import ENCOUNTER, NOON

CALL = {**traces.CALL, "tokens_in": 900, "tokens_out": 40}


@pytest.fixture
def store(place: Place) -> Iterator[Repository]:
    repository = Repository(connect(place))
    repository.add(ENCOUNTER)
    repository.add(replace(ENCOUNTER, id="e2", resident="ben"))
    yield repository
    repository.engine.dispose()


def rows(store: Repository) -> list[Any]:
    with store.engine.connect() as connection:
        query = text("SELECT encounter, resident, tokens, record FROM model_call ORDER BY id")
        return list(connection.execute(query))


def test_each_call_is_a_row_with_its_tokens_and_cost(store: Repository) -> None:
    failed = {**CALL, "outcome": "cut", "tokens_out": 0, "cost": None}
    store.add_calls("e1", "ana", [CALL, failed], NOON)
    kept = rows(store)
    assert [r[:3] for r in kept] == [("e1", "ana", 940), ("e1", "ana", 900)]
    with store.engine.connect() as connection:
        records = connection.scalars(select(CallRow.record).order_by(CallRow.id))
        assert [record["cost"] for record in records] == [0.0019, None]


def test_a_turn_without_a_call_adds_no_row(store: Repository) -> None:
    store.add_calls("e1", "ana", [], NOON)
    assert (rows(store), store.tokens_since(NOON)) == ([], 0)


def test_tokens_are_summed_by_resident_and_for_all(store: Repository) -> None:
    store.add_calls("e1", "ana", [CALL, CALL], NOON)
    store.add_calls("e2", "ben", [CALL], NOON)
    assert store.tokens_since(NOON, "ana") == 1880
    assert store.tokens_since(NOON, "ben") == 940
    assert store.tokens_since(NOON) == 2820
    assert store.tokens_since(NOON, "nobody") == 0


def test_tokens_count_from_the_moment_asked_for_onwards(store: Repository) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    for at in (midnight - timedelta(microseconds=1), midnight, NOON):
        store.add_calls("e1", "ana", [CALL], at)
    assert store.tokens_since(midnight, "ana") == 1880
    assert store.tokens_since(NOON + timedelta(seconds=1)) == 0


@pytest.mark.parametrize("change", ["UPDATE model_call SET tokens = 0", "DELETE FROM model_call"])
def test_calls_cannot_be_updated_or_deleted(store: Repository, change: str) -> None:
    store.add_calls("e1", "ana", [CALL], NOON)
    with (
        pytest.raises(IntegrityError, match="model_call rows are never changed"),
        store.engine.begin() as connection,
    ):
        connection.execute(text(change))
    assert store.tokens_since(NOON, "ana") == 940


def test_a_call_of_an_encounter_that_is_not_there_is_refused_whole(store: Repository) -> None:
    with pytest.raises(StoreError, match="(?i)foreign key"):
        store.add_calls("e9", "ana", [CALL], NOON)
    assert rows(store) == []
