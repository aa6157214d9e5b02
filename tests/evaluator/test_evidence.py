from __future__ import annotations

import pytest

from simulator.evaluator.evidence import verbatim
from simulator.language.tokens import normalise
from tests.evaluator.conftest import Heard

QUESTIONS = (
    "Hello, I'm Dr Berg, one of the residents. What brings you in today?",
    "OK, so when did it start and what makes it worse?",
    "Any fever, chills or night sweats?",
    "Do you have astmha or diabtes?",
    "Does anyone in your family have lung disease?",
    "That must be so hard for you. Do you smoke?",
    "To recap, you've had this cough for three weeks. Is that correct?",
    "asdf qwer",
    "Goodbye.",
)


@pytest.mark.parametrize(
    ("said", "clause", "quote"),
    [
        ("Hello. When did it start? Thanks.", "When did it start", "When did it start?"),
        ("Do you have astmha?", "Do you have asthma", "Do you have astmha?"),
        ("  Any\tfever? ", "Any fever", "Any\tfever?"),
        ("It’s sudden, isn’t it?", "It's sudden, isn't it", "It’s sudden, isn’t it?"),
        ("Any fever?", "something that was never said", "Any fever?"),
        ("Any fever?", "", "Any fever?"),
    ],
)
def test_a_quote_is_the_residents_own_words(said: str, clause: str, quote: str) -> None:
    found = verbatim(said, clause)
    assert found in said
    if clause:
        assert found == quote


def test_every_quote_occurs_in_its_turn(held: Heard) -> None:
    exchanges = held(*QUESTIONS)
    assert len(exchanges) == len(QUESTIONS)
    for exchange in exchanges:
        assert exchange.clauses
        assert all(s.quote and s.quote in normalise(exchange.said) for s in exchange.clauses)


def test_turns_count_both_speakers(held: Heard) -> None:
    assert [e.turn for e in held("Any fever?", "Any chills?", "Goodbye.")] == [0, 2, 4]


def test_an_interview_read_again_from_its_words_gives_the_same_questions(
    held: Heard, heard: Heard
) -> None:
    traced = held(*QUESTIONS)
    lines = [line for e in traced for line in (("D", e.said), ("P", e.reply))]
    again = heard(*lines)
    assert [e.said for e in again] == [e.said for e in traced]
    assert [{s.topic for s in e.clauses} for e in again[1:4]] == [
        {s.topic for s in e.clauses} for e in traced[1:4]
    ]
    assert {"onset", "stairs"} <= again[1].told


def test_what_the_patient_said_elsewhere_is_recognised(heard: Heard) -> None:
    [exchange] = heard(("D", "And then?"), ("P", "It began three weeks ago."), ("P", "Yes."))
    assert exchange.told == {"onset"}
    assert exchange.reply == "It began three weeks ago. Yes."


def test_lines_before_the_first_question_and_empty_ones_are_no_exchange(heard: Heard) -> None:
    assert heard(("P", "It began three weeks ago."), ("D", "   ")) == ()
    assert heard() == ()


def test_a_cue_is_found_in_the_words_of_a_transcript(heard: Heard) -> None:
    [exchange] = heard(("D", "Go on."), ("P", "I do think of my uncle a lot these days."))
    assert exchange.cues == ("uncle",)


def test_a_turn_of_a_hundred_thousand_characters_is_read(heard: Heard) -> None:
    [exchange] = heard(("D", "Any fever? " * 10_000), ("P", "No."))
    assert all(s.quote in normalise(exchange.said) for s in exchange.clauses)
