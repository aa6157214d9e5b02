"""The talk that a turn hangs on, cut at the words that matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.patient.understanding.context import (
    DOCTOR_WORDS,
    FIRST_WORDS,
    LAST_WORDS,
    context_of,
)


def words(prefix: str, count: int) -> str:
    return " ".join(f"{prefix}{n}" for n in range(count))


@pytest.mark.parametrize(
    ("said", "answered", "context"),
    [
        ("", "", ""),
        ("  ", "\n", ""),
        ("Any fever?", "No.", "Any fever? / No."),
        ("Any fever?", "", "Any fever? /"),
        ("", "My knee hurts.", "/ My knee hurts."),
        ("Any\n fever?", "No,  not\tme.", "Any fever? / No, not me."),
    ],
)
def test_the_doctor_s_words_come_first_then_the_patient_s(
    said: str, answered: str, context: str
) -> None:
    assert context_of(said, answered) == context


def test_of_a_long_turn_the_end_is_kept() -> None:
    kept, _, answer = context_of(words("d", 40), "No.").partition(" / ")
    assert kept.split() == [f"d{n}" for n in range(40 - DOCTOR_WORDS, 40)]
    assert answer == "No."


def test_of_a_long_answer_the_beginning_and_the_end_are_kept() -> None:
    answer = context_of("Well?", words("p", 60)).removeprefix("Well? / ").split(" … ")
    assert answer == [
        words("p", FIRST_WORDS),
        " ".join(f"p{n}" for n in range(60 - LAST_WORDS, 60)),
    ]


def test_an_answer_that_is_just_short_enough_is_kept_whole() -> None:
    answer = words("p", FIRST_WORDS + LAST_WORDS)
    assert context_of("Well?", answer) == f"Well? / {answer}"


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_talk_is_too_long_and_none_that_holds_words_is_lost(said: str, answered: str) -> None:
    found = context_of(said, answered).split()
    assert len(found) <= DOCTOR_WORDS + FIRST_WORDS + LAST_WORDS + 2
    assert bool(found) == bool(said.split() or answered.split())
