from __future__ import annotations

import pytest

from simulator.patient.case import Case


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("any fevers at all", "ros.fever"),
        ("NIGHT SWEATS", "ros.night-sweats"),
        ("your asthma's history", "pmh.asthma"),
        ("have you coughed up blood", "ros.haemoptysis"),
    ],
)
def test_a_term_names_its_topic_in_any_form(text: str, topic: str, case: Case) -> None:
    assert topic in case.field.lexicon.topics_in(text)


def test_the_longest_term_wins(case: Case) -> None:
    mentions = case.field.lexicon.mentions("any chest pain today?")
    assert len(mentions) == 1
    assert "any chest pain today?"[mentions[0].start : mentions[0].end] == "chest pain"


def test_mentions_come_in_the_order_of_the_text(case: Case) -> None:
    text = "headache, fever and asthma"
    found = [text[m.start : m.end] for m in case.field.lexicon.mentions(text)]
    assert found == ["headache", "fever", "asthma"]


@pytest.mark.parametrize("text", ["", "?!", "the of and", "12345"])
def test_a_text_without_terms_names_nothing(text: str, case: Case) -> None:
    assert case.field.lexicon.topics_in(text) == frozenset()


@pytest.mark.parametrize(
    ("slip", "mended"),
    [("diabtes", "diabetes"), ("Any headahce?", "Any headache?"), ("diarrhea", "diarrhea")],
)
def test_a_slip_in_a_word_of_the_field_is_mended(slip: str, mended: str, case: Case) -> None:
    assert case.field.lexicon.mend(slip) == mended


@pytest.mark.parametrize("text", ["Where is your house?", "Mr Holm", "xyz", "I'm Dr Berg", "42"])
def test_ordinary_words_and_names_stay_as_they_are(text: str, case: Case) -> None:
    assert case.field.lexicon.mend(text) == text


@pytest.mark.parametrize(("word", "known"), [("house", True), ("coughs", True), ("qwzrtx", False)])
def test_the_lexicon_knows_which_words_exist(word: str, known: bool, case: Case) -> None:
    assert case.field.lexicon.knows(word) is known
