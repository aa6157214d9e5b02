"""What a turn's reply may draw on: this turn's lines, what was told before, and who one is."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.patient.guard.check import Guard
from simulator.patient.guard.claims import Claims
from simulator.patient.guard.scope import Hidden, Phrasebook
from simulator.patient.turn import Part, State
from simulator.services import Services
from tests.patient.conftest import MakeTurn, deny, tell

WITHHELD = Part("withheld", ("smoking",), "soc.smoking")


@pytest.fixture
def book(services: Services) -> Phrasebook:
    return services.phrasebook


def test_the_words_of_this_turns_lines_are_free_and_so_is_what_means_the_same(
    turn: MakeTurn, claims: Claims
) -> None:
    now = turn(tell("onset")).scope.now
    assert {claims.stem(w) for w in ("began", "started", "weeks", "fortnight")} <= now
    assert claims.stem("months") not in now


def test_other_wordings_of_a_told_fact_are_free_too(turn: MakeTurn, claims: Claims) -> None:
    assert {"3"} <= turn(tell("onset")).scope.numbers
    assert (
        "Three weeks it's been now." in turn(tell("onset"), state=State(told={"onset": 1})).script
    )


def test_what_was_told_before_is_free_but_is_not_of_this_turn(
    turn: MakeTurn, claims: Claims
) -> None:
    fresh, later = turn(tell("onset")), turn(tell("onset"), state=State(told={"tea": 1}))
    honey = claims.stem("honey")
    assert honey not in fresh.scope.now | fresh.scope.before
    assert honey in later.scope.before
    assert honey not in later.scope.now
    assert "honey" in later.scope.spoken


def test_the_opening_is_known_once_it_was_said(turn: MakeTurn) -> None:
    assert "get rid of" not in turn(tell("onset")).scope.spoken
    assert "get rid of" in turn(tell("onset"), state=State(opening_said=True)).scope.spoken


def test_who_the_patient_is_and_how_they_feel_is_known(turn: MakeTurn, claims: Claims) -> None:
    before = turn(tell("onset")).scope.before
    assert {claims.stem(w) for w in ("erik", "holm", "bus", "driver", "surgery")} <= before


@pytest.mark.parametrize("part", [WITHHELD, Part("unknown", topic="soc.smoking"), Part("unclear")])
def test_a_silent_turn_frees_nothing_of_its_fact_or_topic(
    part: Part, turn: MakeTurn, claims: Claims
) -> None:
    scope = turn(part, said="Do you smoke?").scope
    assert not {claims.stem(w) for w in ("smoking", "march", "cigarettes")} & scope.now
    assert "soc.smoking" not in scope.topics
    assert "smoking" in scope.hidden


def test_a_denied_topic_may_be_named_only_with_a_no(turn: MakeTurn) -> None:
    scope = turn(deny("ros.fever")).scope
    assert "ros.fever" in scope.noes
    assert "ros.fever" not in scope.topics


def test_hidden_is_all_that_is_told_neither_now_nor_before(turn: MakeTurn, guard: Guard) -> None:
    scope = turn(tell("onset"), state=State(told={"tea": 1})).scope
    assert set(scope.hidden) == guard.case.facts.keys() - {"onset", "tea"}


def test_a_fact_of_another_script_in_the_state_is_passed_over(turn: MakeTurn) -> None:
    scope = turn(tell("onset"), state=State(told={"gone-since": 2})).scope
    assert "onset" not in scope.hidden


@pytest.mark.parametrize(
    ("parts", "words"), [([tell("onset")], 5), ([tell("onset", "tea")], 11), ([], 0)]
)
def test_the_length_is_that_of_the_lines(parts: list[Part], words: int, turn: MakeTurn) -> None:
    assert turn(*parts).scope.words == words


def test_numbers_and_sides_are_those_of_the_lines_and_not_of_the_resident(turn: MakeTurn) -> None:
    scope = turn(tell("onset"), said="Nine weeks ago, on the left side?").scope
    assert scope.numbers == {"3"}
    assert scope.sides == frozenset()
    assert scope.heard_numbers == {"9"}


def test_the_residents_words_are_kept_apart(turn: MakeTurn, claims: Claims) -> None:
    scope = turn(deny("ros.fever"), said="Any malaria in Kenya?").scope
    assert {claims.stem("malaria"), claims.stem("kenya")} <= scope.heard
    assert not scope.heard & {claims.stem("fever")}
    assert claims.stem("malaria") not in scope.now | scope.before


def test_a_feeling_of_the_mood_may_be_spoken_of(turn: MakeTurn, claims: Claims) -> None:
    annoyed = claims.stem("annoyed")
    assert annoyed in turn(tell("onset"), mood="stung").scope.now
    assert annoyed not in turn(tell("onset"), mood="steady").scope.now


def test_vectors_are_of_the_lines_and_of_what_was_told(turn: MakeTurn) -> None:
    few, more = turn(tell("onset")).scope, turn(tell("onset"), state=State(told={"tea": 1})).scope
    assert few.vectors.shape[1] == 384
    assert len(more.vectors) == len(few.vectors) + 1
    assert np.allclose(np.linalg.norm(more.vectors, axis=1), 1, atol=1e-3)


def test_what_a_script_hides_is_gathered_from_all_that_only_authors_see(
    guard: Guard, book: Phrasebook
) -> None:
    hidden = Hidden(guard.case, book)
    stem = book.claims.stem
    assert {stem(w) for w in ("viral", "infectious", "spirometry", "phlegm")} <= hidden.stems
    assert stem("court") in hidden.fact_stems["court"]
    assert next(r for r in hidden.runs["smoking"] if r[0] == "back")[1:] == (
        "to",
        "smoking",
        "in",
        "march",
    )


def test_a_text_read_once_is_kept_and_a_vector_made_once_is_the_same(book: Phrasebook) -> None:
    assert book.read("It began three weeks ago.") is book.read("It began three weeks ago.")
    one, two = book.text_vectors(["honey", "tea"]), book.text_vectors(["tea", "honey"])
    assert np.array_equal(one[::-1], two)
    assert book.text_vectors([]).shape == (0, 384)


def test_a_vector_is_found_although_another_turn_empties_the_shelf_meanwhile(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = services.phrasebook
    book = Phrasebook(plain.field, plain.claims, plain.encoder, plain.rank)
    first = book.text_vectors(["a cough"])
    encode = book.encoder.encode

    def emptied(texts: list[str]) -> np.ndarray:
        book._vectors.clear()
        return encode(texts)

    monkeypatch.setattr(book.encoder, "encode", emptied)
    both = book.text_vectors(["a cough", "a fever"])
    assert both.shape == (2, 384)
    assert np.array_equal(both[0], first[0])
