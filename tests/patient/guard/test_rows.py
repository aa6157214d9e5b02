"""Each row of guard.yaml stops the sentence that it names, and lets the other pass."""

from __future__ import annotations

import pytest

from simulator.patient.guard.reading import Row, load_rows
from simulator.patient.turn import Part
from simulator.settings import ROOT
from tests.patient.conftest import MakeTurn, deny, tell

ROWS = load_rows(ROOT / "knowledge").root
# Where a row is about another turn than the one in which he tells when his cough began.
TURNS = {
    "yes": deny("ros.fever"),
    "opposites": tell("weight"),
    "unknown": Part("unknown", topic="hpi.previous-tests", why="the script is silent"),
    "withheld": Part("withheld", ("smoking",), "soc.smoking"),
    "unclear": Part("unclear"),
    "nothing_more": Part("nothing_more"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_stops_what_it_must_and_lets_pass_what_it_must(name: str, turn: MakeTurn) -> None:
    asked = turn(TURNS.get(name, tell("onset")))
    assert ROWS[name].stops not in asked.spoken(ROWS[name].stops).text
    assert ROWS[name].passes in asked.spoken(ROWS[name].passes).text


def test_fewer_than_three_hundred_entries_are_kept_and_none_twice() -> None:
    entries = [(name, e) for name, row in ROWS.items() for e in (*row.words, *row.patterns)]
    assert len(entries) == len(set(entries)) < 300


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_row_says_why_it_is_there_and_holds_something(row: Row) -> None:
    assert len(row.why.split()) > 5
    assert row.words or row.patterns
