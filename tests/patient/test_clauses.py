from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.patient.case import Case
from simulator.patient.clauses import is_question, normalise, smooth, split_clauses, words_of


def clauses(text: str, case: Case) -> list[str]:
    split = split_clauses(normalise(text), case.field.words, case.field.lexicon)
    return [c.text.rstrip("?.!") for c in split]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two \t words ", "two words"),
        ("don\u2019t say \u201cno\u201d", 'don\'t say "no"'),
        ("a\x00b\x1b", "a b"),
        ("\uff26ever", "Fever"),
        ("one\ntwo", "one\ntwo"),
    ],
)
def test_odd_characters_are_folded_into_plain_ones(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Have you, have you had any pain?", "have you had any pain?"),
        ("And, uhm, how about any, any cough?", "And how about any cough?"),
        ("Um, any fever?", "any fever?"),
        ("Uh-huh. I see.", "Uh-huh. I see."),
        ("An umbrella and her mum.", "An umbrella and her mum."),
    ],
)
def test_hesitations_and_words_said_twice_are_smoothed_away(text: str, expected: str) -> None:
    assert smooth(text) == expected


@given(st.text(alphabet="um uh,. any have", max_size=60))
def test_smoothing_never_adds_words(text: str) -> None:
    assert len(words_of(smooth(text))) <= len(words_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is it, are you having trouble breathing?", ["are you having trouble breathing"]),
        ("Did you... were you admitted to the hospital?", ["were you admitted to the hospital"]),
        ("Any fever? Have you had any?", ["Any fever"]),
        ("Do you?", ["Do you"]),
    ],
)
def test_a_question_begun_and_not_finished_asks_nothing(
    text: str, expected: list[str], case: Case
) -> None:
    assert clauses(text, case) == expected


def test_a_question_in_speech_without_marks_is_one(case: Case) -> None:
    said = "okay and when you take your tablet what's your pain level then"
    split = split_clauses(said, case.field.words, case.field.lexicon)
    assert split[-1].question


def test_words_keep_their_apostrophes_and_lose_their_case() -> None:
    assert words_of("Didn't HE cough, 3 times?") == ["didn't", "he", "cough", "3", "times"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When did it start?", ["When did it start"]),
        (
            "When did it start and what makes it worse?",
            ["When did it start", "what makes it worse"],
        ),
        ("When did it start? Do you smoke?", ["When did it start", "Do you smoke"]),
        ("Okay, um, so do you smoke?", ["do you smoke"]),
        ("I see Dr. Berg is your doctor.", ["I see Dr. Berg is your doctor"]),
    ],
)
def test_compound_questions_become_one_clause_each(
    text: str, expected: list[str], case: Case
) -> None:
    assert clauses(text, case) == expected


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Any fever, chills or night sweats?", ["fever", "chills", "night sweats"]),
        ("Have you had a headache or a sore throat?", ["headache", "sore throat"]),
        ("Do you have asthma/diabetes?", ["asthma", "diabetes"]),
    ],
)
def test_a_list_becomes_one_clause_for_each_item(text: str, items: list[str], case: Case) -> None:
    split = clauses(text, case)
    assert len(split) == len(items)
    assert all(item in clause for item, clause in zip(items, split, strict=True))


def test_better_or_worse_asks_two_things(case: Case) -> None:
    assert clauses("Does anything make it better or worse?", case) == [
        "Does anything make it better",
        "Does anything make it worse",
    ]


def test_a_description_in_two_words_is_not_a_list(case: Case) -> None:
    assert len(clauses("Do you have shortness of breath when you walk?", case)) == 1


@pytest.mark.parametrize(
    ("text", "ends_asked", "expected"),
    [
        ("Do you smoke", False, True),
        ("Tell me about the cough", False, True),
        ("You cough at night", True, True),
        ("You cough at night", False, False),
        ("", False, False),
    ],
)
def test_a_question_is_known_by_its_form(
    text: str, ends_asked: bool, expected: bool, case: Case
) -> None:
    assert is_question(text, ends_asked, case.field.words) is expected


@given(st.text(max_size=300))
def test_no_text_breaks_the_splitting(case: Case, text: str) -> None:
    for clause in split_clauses(normalise(text), case.field.words, case.field.lexicon):
        assert isinstance(clause.text, str)
        assert isinstance(clause.question, bool)
