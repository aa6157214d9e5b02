"""Amounts of time and opposites: what a summing-up may be told to have wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.language.numbers import agree, miscounted, opposed, quantities
from simulator.language.words import load_words
from simulator.settings import ROOT

WORDS = load_words(ROOT / "knowledge")


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("It began three weeks ago.", {"week": {3}}),
        ("3 weeks, more or less", {"week": {3}}),
        ("A week of it", {"week": {1}}),
        ("a couple of days", {"day": {1, 2}}),
        ("two or three hours", {"hour": {2, 3}}),
        ("for two days and then five weeks", {"day": {2}, "week": {5}}),
        ("in 1990 for 20 minutes", {"minute": {1990, 20}}),
        ("99999 years", {}),
        ("weeks and weeks", {}),
        ("three tablets", {}),
        ("pain x 3/7, cough 2/52", {"day": {3}, "week": {2}}),
        ("onset 2h ago, HTN x6y", {"hour": {2}, "year": {6}}),
        ("pain 7/10, BP 120/80", {}),
        ("LMP 6.5/52 ago, lasting 1.5h", {}),
        ("", {}),
    ],
)
def test_the_numbers_before_a_unit_are_its_amounts(text: str, amounts: dict[str, set[int]]) -> None:
    assert quantities(text, WORDS) == amounts


@pytest.mark.parametrize(
    ("ours", "theirs", "wrong"),
    [
        ("it began three weeks ago", "It began three weeks ago.", False),
        ("it began 3 weeks ago", "It began three weeks ago.", False),
        ("it began five weeks ago", "It began three weeks ago.", True),
        ("it began three months ago", "It began three weeks ago.", True),
        ("it began five months ago", "It began three weeks ago.", False),
        ("it began a while ago", "It began three weeks ago.", False),
        ("it began three weeks ago", "It began a while ago.", False),
        ("two or three weeks", "It began three weeks ago.", False),
    ],
)
def test_another_number_or_another_unit_is_a_miscount(ours: str, theirs: str, wrong: bool) -> None:
    assert miscounted(ours, theirs, WORDS) is wrong


def test_the_same_number_of_the_same_unit_agrees() -> None:
    assert agree("for 3 weeks", "Three weeks it's been now.", WORDS)
    assert not agree("for 3 days", "Three weeks it's been now.", WORDS)
    assert not agree("a while", "Three weeks it's been now.", WORDS)


@pytest.mark.parametrize(
    ("ours", "theirs", "opposite"),
    [
        ("the left knee", "My right knee hurts.", True),
        ("the right knee", "My right knee hurts.", False),
        ("the knee", "My right knee hurts.", False),
        ("the left and the right knee", "My right knee hurts.", False),
        ("cold air makes it better", "Cold air makes it worse.", True),
        ("he has been upset", "It went down.", False),
    ],
)
def test_the_opposite_word_alone_is_an_opposite(ours: str, theirs: str, opposite: bool) -> None:
    assert opposed(ours, theirs, WORDS) is opposite


@given(st.text(max_size=80), st.text(max_size=80))
def test_to_be_opposed_holds_both_ways_and_no_text_opposes_itself(one: str, other: str) -> None:
    assert opposed(one, other, WORDS) == opposed(other, one, WORDS)
    assert not opposed(one, one, WORDS)


@given(st.text(alphabet="a2 3weksdy.", max_size=60))
def test_no_text_miscounts_itself(text: str) -> None:
    assert not miscounted(text, text, WORDS)
