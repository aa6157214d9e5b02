"""Opinions on the program: kept under a code, apart from their person, and deleted on request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from simulator.encounter.opinions import Asked, Opinion
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def store(place: Place) -> Iterator[Repository]:
    store = Repository(connect(place))
    yield store
    store.engine.dispose()


def opinion(level: int, form: str = "sus") -> Opinion:
    answers = {str(n): level for n in range(1, 11)}
    return Opinion.model_validate(
        {
            "occasion": "practice", "form": form, "wording": "1", "month": "2026-03",
            "answers": answers,
        }
    )  # fmt: skip


def test_what_is_said_is_read_in_its_order_by_programme_and_by_whoever_said_it(
    store: Repository,
) -> None:
    store.add_opinions("ana", "im", [opinion(1), opinion(2, "acceptance")], DAY)
    store.add_opinions("ben", "surgery", [opinion(3)], DAY)
    store.add_opinions("ana", "im", [opinion(4)], DAY)
    assert [o.answers["1"] for o in store.opinions(None)] == [1, 2, 3, 4]
    assert [o.answers["1"] for o in store.opinions("im")] == [1, 2, 4]
    assert store.opinions_of("ben") == [opinion(3)]
    assert store.asked("ana") == Asked(None, DAY, False)
    assert store.asked("nobody") == Asked()


def test_no_row_of_what_was_said_names_a_person_or_a_day(store: Repository) -> None:
    store.add_opinions("ana", "im", [opinion(1)], DAY)
    with store._session(reads_only=True) as session:
        row = session.execute(text("SELECT * FROM opinion")).mappings().one()
    assert set(row) == {
        "id", "code", "programme", "occasion", "form", "wording", "month", "answers",
    }  # fmt: skip
    assert "ana" not in str(dict(row)) and "-02" not in str(dict(row))


def test_what_somebody_said_is_deleted_and_that_they_want_no_question_stays(
    store: Repository,
) -> None:
    store.add_opinions("ana", "im", [opinion(1), opinion(2)], DAY)
    store.add_opinions("ben", "im", [opinion(3)], DAY)
    store.put_asked("ana", Asked(DAY, DAY, True))
    assert store.erase_opinions("ana") == 2
    assert store.erase_opinions("ana") == store.erase_opinions("nobody") == 0
    assert store.opinions(None) == [opinion(3)] and store.opinions_of("ana") == []
    assert store.asked("ana") == Asked(DAY, DAY, True)
