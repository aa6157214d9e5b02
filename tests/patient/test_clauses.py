from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.patient.case import Case
from simulator.patient.clauses import is_question, normalise, split_clauses, words_of


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
