"""Many who write at once, in one process and in several: nothing lost, doubled, torn or unsealed.

No lock of the program's own stands before the store here: the database alone has to be right.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pydantic import SecretStr

from simulator.accounts.accounts import Accounts
from simulator.accounts.ledger import faults
from simulator.encounter.phases import Phase
from simulator.encounter.records import Order
from simulator.errors import NotAllowed
from simulator.settings import ROOT
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.soundness import check
from tests.store import writer
from tests.store.records import ENCOUNTER, NOON, turn

WRITERS, EACH, KILLS = 6, 8, 20
ALL = {f"w{who}-{number}" for who in range(WRITERS) for number in range(EACH)}


@pytest.fixture
def stores(place: Place) -> Iterator[list[Repository]]:
    """Two programs' stores over one database, with an encounter."""
    both = [Repository(connect(place)) for _ in range(2)]
    both[0].add(ENCOUNTER)
    yield both
    for store in both:
        store.engine.dispose()


def run(place: Place, *what: str) -> str:
    """What a program of its own that writes says at the end."""
    address = place.get_secret_value() if isinstance(place, SecretStr) else str(place)
    command = [sys.executable, "-m", "tests.store.writer", address, *what]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def is_whole(store: Repository) -> bool:
    """Whether every question of every writer stands once, numbered without a gap."""
    turns = store.get(ENCOUNTER.id, ENCOUNTER.resident).turns
    numbered = [t.seq for t in turns] == list(range(1, len(ALL) + 1))
    return numbered and {t.client_turn_id for t in turns} == ALL


def test_no_question_of_many_threads_is_lost_or_doubled(stores: list[Repository]) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        for who in range(WRITERS):
            pool.submit(writer.ask, stores[who % 2], f"w{who}", EACH)
    assert is_whole(stores[0])


def test_no_question_of_several_programs_is_lost_and_their_log_is_one_chain(
    stores: list[Repository], place: Place
) -> None:
    assert run(place, "together", str(WRITERS), str(EACH)) == "True\n"
    assert is_whole(stores[0])
    people = PeopleStore(connect(place))
    lines = list(people.log())
    assert {f"{line.deed.who}-{line.deed.row}" for line in lines} == ALL
    assert (len(lines), faults(lines)) == (len(ALL), [])
    people.engine.dispose()


def test_of_many_who_move_an_encounter_on_one_does(stores: list[Repository]) -> None:
    def move(number: int) -> bool:
        try:
            moved = replace(ENCOUNTER, phase=Phase.NOTE, pad=f"of {number}")
            stores[number % 2].update(moved, expected=Phase.INTERVIEW)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        done = list(pool.map(move, range(12)))
    assert done.count(True) == 1
    assert stores[0].get("e1", "ana").pad == f"of {done.index(True)}"


def test_what_is_typed_while_an_encounter_is_moved_on_is_kept_before_or_not_at_all(
    stores: list[Repository],
) -> None:
    moved = replace(ENCOUNTER, phase=Phase.NOTE)
    with ThreadPoolExecutor(WRITERS) as pool:
        typed = [
            pool.submit(stores[1].keep, "e1", "ana", [Phase.INTERVIEW], {"unsent": f"word {n}"})
            for n in range(12)
        ]
        pool.submit(stores[0].update, moved, Phase.INTERVIEW)
    last = max((n for n, kept in enumerate(typed) if kept.result()), default=None)
    found = stores[0].get("e1", "ana")
    assert found.phase == Phase.NOTE
    assert found.unsent in {"", *(f"word {n}" for n, kept in enumerate(typed) if kept.result())}
    assert last is not None or found.unsent == ""


def test_an_order_given_in_two_programs_stands_once(stores: list[Repository]) -> None:
    order = Order("test", "CRP", "4 mg/L", 0, NOON)
    with ThreadPoolExecutor(WRITERS) as pool:
        given = [pool.submit(stores[n % 2].add_order, "e1", order) for n in range(12)]
    assert [g.exception() for g in given] == [None] * 12
    assert stores[0].get("e1", "ana").orders == (order,)


def test_of_links_made_at_once_one_is_good(place: Place) -> None:
    both = [Accounts(PeopleStore(connect(place))) for _ in range(2)]
    ana, _ = both[0].invite(None, "ana@x.edu", "Ana", "resident", "im")
    with ThreadPoolExecutor(WRITERS) as pool:
        links = list(pool.map(lambda n: both[n % 2].new_link(None, ana.id)[1], range(12)))
    good = 0
    for link in links:
        try:
            both[0].invited(link)
            good += 1
        except NotAllowed:
            pass
    assert good == 1
    for accounts in both:
        accounts.people.engine.dispose()  # type: ignore[attr-defined]


def test_a_reader_sees_one_picture_while_others_write(stores: list[Repository]) -> None:
    with stores[0]._session(reads_only=True) as session:
        first = session.connection().exec_driver_sql("SELECT count(*) FROM turn").scalar_one()
        stores[1].add_turn("e1", turn(1))
        again = session.connection().exec_driver_sql("SELECT count(*) FROM turn").scalar_one()
    assert (first, again) == (0, 0)
    assert len(stores[0].get("e1", "ana").turns) == 1


def test_killed_in_the_midst_of_writing_no_acknowledged_turn_is_lost_torn_or_doubled(
    stores: list[Repository], place: Place
) -> None:
    acknowledged = int(run(place, "killed", str(KILLS)))
    turns = stores[0].get(ENCOUNTER.id, ENCOUNTER.resident).turns
    assert len(turns) >= acknowledged > KILLS
    assert list(turns) == [turn(n) for n in range(1, len(turns) + 1)]
    assert check(place)[1] == []
    following = turn(len(turns) + 1)
    assert stores[0].add_turn("e1", following) == following, "nobody waits for one who was killed"
