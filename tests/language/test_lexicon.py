"""The lexicon: terms of the field in any form, and typing slips mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.knowledge.topics import load_topics
from simulator.knowledge.weights import package_folder
from simulator.language.lexicon import Lexicon, fold
from simulator.services import Services
from simulator.settings import ROOT


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    known = (package_folder() / "vocab.txt").read_text(encoding="utf-8").split()
    return Lexicon(load_topics(ROOT / "knowledge"), [w for w in known if w.isalpha()])


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("any fevers at all", "ros.fever"),
        ("NIGHT SWEATS", "ros.night-sweats"),
        ("your asthma's history", "pmh.asthma"),
        ("have you coughed up blood", "ros.haemoptysis"),
    ],
)
def test_a_term_names_its_topic_in_any_form(text: str, topic: str, lexicon: Lexicon) -> None:
    assert topic in lexicon.topics_in(text)


def test_the_longest_term_wins(lexicon: Lexicon) -> None:
    mentions = lexicon.mentions("any chest pain today?")
    assert len(mentions) == 1
    assert "any chest pain today?"[mentions[0].start : mentions[0].end] == "chest pain"


def test_mentions_come_in_the_order_of_the_text(lexicon: Lexicon) -> None:
    text = "headache, fever and asthma"
    found = [text[m.start : m.end] for m in lexicon.mentions(text)]
    assert found == ["headache", "fever", "asthma"]


@pytest.mark.parametrize("text", ["", "?!", "the of and", "12345"])
def test_a_text_without_terms_names_nothing(text: str, lexicon: Lexicon) -> None:
    assert lexicon.topics_in(text) == frozenset()


@pytest.mark.parametrize(
    ("slip", "mended"),
    [("diabtes", "diabetes"), ("Any headahce?", "Any headache?"), ("diarrhea", "diarrhea")],
)
def test_a_slip_in_a_word_of_the_field_is_mended(slip: str, mended: str, lexicon: Lexicon) -> None:
    assert lexicon.mend(slip) == mended


@pytest.mark.parametrize("text", ["Where is your house?", "Mr Holm", "xyz", "I'm Dr Berg", "42"])
def test_ordinary_words_and_names_stay_as_they_are(text: str, lexicon: Lexicon) -> None:
    assert lexicon.mend(text) == text


@pytest.mark.parametrize(("word", "known"), [("house", True), ("coughs", True), ("qwzrtx", False)])
def test_the_lexicon_knows_which_words_exist(word: str, known: bool, lexicon: Lexicon) -> None:
    assert lexicon.knows(word) is known


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Fevers", "fever"),
        ("allergies", "allergy"),
        ("mother's", "mother"),
        ("loss", "loss"),
        ("virus", "virus"),
        ("arthritis", "arthritis"),
        ("gas", "gas"),
    ],
)
def test_case_possessive_and_plural_are_folded_away(word: str, folded: str) -> None:
    assert fold(word) == folded


@pytest.mark.parametrize(
    "word", ["weaned", "exerting", "diabetes", "Norwegian", "painless", "deafness"]
)
def test_a_form_of_a_known_word_is_no_slip(word: str, lexicon: Lexicon) -> None:
    assert lexicon.mend(word) == word


@pytest.mark.parametrize("word", ["hyperthyroid", "overweight", "nephrologist", "Supine"])
def test_a_word_of_the_fields_concepts_is_no_slip(word: str, services: Services) -> None:
    assert services.field.lexicon.mend(word) == word


@given(st.text(max_size=80))
def test_mentions_stand_apart_and_inside_the_text(lexicon: Lexicon, text: str) -> None:
    end = 0
    for mention in lexicon.mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        assert mention.topics
        end = mention.end


def test_a_lexicon_reads_on_when_it_forgets_what_it_read_before(
    lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.language.lexicon.RECENT", 1)
    for text in ("fever", "asthma", "fever"):
        assert lexicon.topics_in(text)
