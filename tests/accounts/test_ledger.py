"""The audit log: whole as long as nobody touched it, and it says where it was touched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.accounts.ledger import Deed, faults
from simulator.store.engines import Place
from tests import outside
from tests.accounts.conftest import Office
from tests.outside import forge


@pytest.fixture
def told(office: Office) -> Office:
    for number in range(6):
        office.people.record(Deed("ana", "exported a report", f"e{number}"), office.now())
    return office


def test_a_log_that_nobody_touched_is_whole(told: Office) -> None:
    lines = list(told.people.log())
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]
    assert faults(lines) == []
    assert faults(lines, lines[2].seal) == []
    assert [line.number for line in told.people.log(newest=2)] == [6, 5]


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE log SET who = 'ben' WHERE id = 3", "line 3 was changed"),
        ("UPDATE log SET at = '2001-01-01' WHERE id = 1", "line 1 was changed"),
        ("UPDATE log SET detail = 'x' WHERE id = 6", "line 6 was changed"),
        ("DELETE FROM log WHERE id = 4", "line 4 is missing"),
        ("DELETE FROM log WHERE id = 1", "line 1 is missing"),
    ],
)
def test_a_line_that_was_changed_or_taken_out_is_named(
    told: Office, place: Place, statement: str, where: str
) -> None:
    forge(place, "log", statement)
    (found,) = faults(told.people.log())
    assert where in found


def test_a_line_that_was_sealed_anew_betrays_the_next(told: Office, place: Place) -> None:
    forge(place, "log", "UPDATE log SET seal = 'ff' WHERE id = 2")
    assert "line 2 was changed" in faults(told.people.log())[0]


def test_lines_cut_off_at_the_end_are_noticed_by_a_seal_that_was_kept(
    told: Office, place: Place
) -> None:
    last = next(told.people.log(newest=1)).seal
    forge(place, "log", "DELETE FROM log WHERE id > 4")
    assert faults(told.people.log()) == []
    assert "were cut off at the end" in faults(told.people.log(), last)[0]


@pytest.mark.parametrize("change", ["UPDATE log SET who = 'x'", "DELETE FROM log"])
def test_the_database_itself_refuses_to_change_the_log(
    told: Office, place: Place, change: str
) -> None:
    with pytest.raises(Exception, match="log rows are never changed"):
        outside.run(place, change)
    assert faults(told.people.log()) == []


def test_lines_written_at_once_stand_one_after_another(office: Office) -> None:
    def write(number: int) -> None:
        office.people.record(Deed("a", "b", str(number)), office.now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    lines = list(office.people.log())
    assert sorted(int(line.deed.row) for line in lines) == list(range(40))
    assert faults(lines) == []
