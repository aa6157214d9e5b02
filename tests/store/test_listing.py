"""Encounters page by page, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.encounter.listing import Asked
from simulator.encounter.phases import Phase
from simulator.errors import NotAllowed
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository
from tests.store.records import ENCOUNTER, NOON


def ids(store: Repository, asked: Asked) -> list[str]:
    return [line.id for line in store.listed(asked)]


def test_pages_follow_each_other_without_gap_or_repeat(place: Place) -> None:
    store = Repository(connect(place))
    for number in range(5):  # two of them at the same moment
        at = NOON + timedelta(hours=number // 2)
        new = replace(ENCOUNTER, id=f"e{number}", programme="im", created_at=at)
        store.add(replace(new, assignment="a1") if number == 3 else new)
    store.add(replace(ENCOUNTER, id="other", programme="surgery", resident="ben"))
    found, after = [], ""
    while page := ids(store, Asked("im", after=after, most=2)):
        found += page
        after = page[-1]
    assert found == ["e4", "e3", "e2", "e1", "e0"]
    assert ids(store, Asked(resident="ben")) == ["other"]
    assert ids(store, Asked("im", since=NOON + timedelta(hours=2))) == ["e4"]
    assert ids(store, Asked("im", assignment="a1")) == ["e3"]
    assert ids(store, Asked("im", phase=Phase.FEEDBACK)) == []
    assert ids(store, Asked("im", case="another")) == []
    (line,) = store.listed(Asked("im", after="e1"))
    assert (line.title, line.version, line.phase) == (
        ENCOUNTER.script.title,
        ENCOUNTER.script.version,
        ENCOUNTER.phase,
    )
    with pytest.raises(NotAllowed, match="no such place"):
        store.listed(Asked("im", after="other"))
    store.engine.dispose()
