"""Every row of guard.yaml stops the reply that it must stop, and lets pass the one it must."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import pytest

from simulator.llm import ScriptedModel
from simulator.patient.guard.check import Guard
from simulator.patient.guard.scope import claims_of
from simulator.patient.guard.words import GuardWords, Row, load_guard_words
from simulator.patient.llm_voice import FreeVoice
from simulator.patient.turn import Spoken, State
from simulator.patient.voice import Line
from simulator.services import Services
from simulator.settings import ROOT
from tests.cough import cough_script

WORDS = load_guard_words(ROOT / "knowledge")
ROWS = dict(WORDS.rows())

GuardBy = Callable[[GuardWords], Guard]


@pytest.fixture(scope="module")
def guard_by(services: Services) -> GuardBy:
    """The guard, by these words, of a patient of whom nothing is known but that he coughs."""
    cough = [f.model_dump(mode="json") for f in cough_script().facts if f.id == "cough"]
    bare = {"facts": cough, "cues": [], "checklist": [], "note_key": {"diagnosis": "Bronchitis"}}
    case, book = services.case(cough_script(id="cough-rows", **bare)), services.phrasebook

    def make(words: GuardWords) -> Guard:
        other = copy(book)
        other.claims, other._reads = claims_of(services.field, words, book.rank), {}
        return Guard(case, other)

    return make


@pytest.fixture(scope="module")
def whole(guard_by: GuardBy) -> Guard:
    return guard_by(WORDS)


def spoken(guard: Guard, row: Row, text: str) -> Spoken:
    """What is heard of a reply where the row's line is to be said."""
    facts = ("cough",) if row.kind == "tell" else ()
    line = Line(row.kind, row.line, facts, (row.topic,) if row.topic else ())
    model = ScriptedModel([text, text])
    return FreeVoice(model, guard).speak([line], row.said, State(), row.mood)


def emptied(row: Row) -> Row:
    """A row without what it holds, as if it were not there."""
    own = type(row).model_fields.keys() - Row.model_fields.keys()
    return row.model_copy(update={name: type(getattr(row, name))() for name in own})


def without(name: str) -> GuardWords:
    """The words without those of one row."""
    use, _, place = name.partition(".")
    found, row = getattr(WORDS, use), emptied(ROWS[name])
    if isinstance(found, dict):
        return WORDS.model_copy(update={use: {**found, place: row}})
    if isinstance(found, tuple):
        kept = tuple(row if i == int(place) else other for i, other in enumerate(found))
        return WORDS.model_copy(update={use: kept})
    return WORDS.model_copy(update={use: row})


@pytest.mark.parametrize("name", ROWS)
def test_a_row_stops_what_it_must_and_lets_pass_what_it_must(name: str, whole: Guard) -> None:
    row = ROWS[name]
    stopped, passed = (spoken(whole, row, text) for text in (row.stops, row.passes))
    assert stopped.text != row.stops
    assert (passed.text, passed.faults) == (row.passes, ())


@pytest.mark.parametrize("name", ROWS)
def test_without_the_row_one_of_its_two_replies_fares_otherwise(
    name: str, whole: Guard, guard_by: GuardBy
) -> None:
    row, poorer = ROWS[name], guard_by(without(name))
    fares = [
        [
            (heard.text, heard.faults)
            for heard in (spoken(g, row, t) for t in (row.stops, row.passes))
        ]
        for g in (whole, poorer)
    ]
    assert fares[0] != fares[1]


def test_no_word_of_a_class_stands_in_two(services: Services) -> None:
    claims = services.phrasebook.claims
    stems = {name: claims.stems(row) for name, row in WORDS.classes.items()}
    twice = [
        (one, other, stems[one] & stems[other])
        for one in stems
        for other in stems
        if one < other and stems[one] & stems[other]
    ]
    assert twice == []
