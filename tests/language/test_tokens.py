"""Tokens: odd characters folded, and where the sentences and the items of a text stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.language.tokens import Span, normalise, segments, sentences, words_of


def cut(text: str, by: Callable[[str], list[Span]]) -> list[str]:
    return [text[start:end] for start, end in by(text)]


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


@pytest.mark.parametrize("text", ["", "?!", "…", " \n ", "♥"])
def test_what_holds_no_word_has_no_words_sentences_or_items(text: str) -> None:
    assert words_of(text) == []
    assert sentences(text) == segments(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When did it start?", ["When did it start?"]),
        ("When did it start? Do you smoke?", ["When did it start?", "Do you smoke?"]),
        ("I see Dr. Berg is your doctor.", ["I see Dr. Berg is your doctor."]),
        ("Any pills, e.g. aspirin? No.", ["Any pills, e.g. aspirin?", "No."]),
        ("Okay\nany fever", ["Okay", "any fever"]),
        ("A temperature of 38.5 or more?", ["A temperature of 38.5 or more?"]),
        ("Right... ?!  And now?", ["Right...", "And now?"]),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, expected: list[str]) -> None:
    assert cut(text, sentences) == expected


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Any fever, chills or night sweats?", ["Any fever", "chills", "night sweats"]),
        (
            "Have you had a headache or a sore throat?",
            ["Have you had a headache", "a sore throat"],
        ),
        ("Do you have asthma/diabetes?", ["Do you have asthma", "diabetes"]),
        ("neither cough nor phlegm", ["neither cough", "phlegm"]),
        ("tea & coffee", ["tea", "coffee"]),
        ("smoker – ten a day", ["smoker", "ten a day"]),
        ("a dry-as-dust throat at 38.5", ["a dry-as-dust throat at 38.5"]),
        ("Does your hand or your forehead hurt?", ["Does your hand", "your forehead hurt"]),
    ],
)
def test_a_list_is_cut_into_its_items(text: str, items: list[str]) -> None:
    assert cut(text, segments) == items


@pytest.mark.parametrize("by", [sentences, segments])
@given(text=st.text(max_size=300) | st.text(alphabet="ab .?!,;/&\n-", max_size=60))
def test_no_text_breaks_the_cutting_and_pieces_neither_overlap_nor_end_in_space(
    by: Callable[[str], list[Span]], text: str
) -> None:
    end = 0
    for start, stop in by(text):
        assert end <= start < stop <= len(text)
        assert text[start:stop] == text[start:stop].strip()
        end = stop


@given(st.text(alphabet="ab1' .?!,;/&\n-", max_size=60))
def test_every_word_stands_in_one_sentence(text: str) -> None:
    assert [w for piece in cut(text, sentences) for w in words_of(piece)] == words_of(text)
