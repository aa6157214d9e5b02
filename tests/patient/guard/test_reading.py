"""What a text claims: stems, numbers, sides, what is said with a no; and what a turn allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import KnowledgeError
from simulator.language.words import load_words
from simulator.patient.guard.reading import Tongue, bare, load_rows, sentences_of, tokens_of
from simulator.patient.turn import Part, State
from simulator.settings import ROOT
from tests.patient.conftest import MakeTurn, deny, tell

ROWS = load_rows(ROOT / "knowledge")
PLAIN = Tongue(ROWS, load_words(ROOT / "knowledge"), frozenset(), {})
WITHHELD = Part("withheld", ("smoking",), "soc.smoking")


@pytest.mark.parametrize(
    ("one", "other"), [("started", "starting"), ("mothers", "mother"), ("didn't", "did")]
)
def test_forms_of_a_word_meet_under_one_stem(one: str, other: str, tongue: Tongue) -> None:
    assert tongue.stem(one) == tongue.stem(other)


@pytest.mark.parametrize(
    "word", ["quit", "evening", "numb", "bloody", "weight", "severe", "sleepy", "died", "fever"]
)
def test_a_word_that_tells_something_is_not_taken_for_an_everyday_one(
    word: str, tongue: Tongue
) -> None:
    assert tongue.stem(word) not in tongue.everyday


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twenty-two", {"22"}),
        ("Twenty two of them", {"22"}),
        ("22 of them", {"22"}),
        ("thirty-one, then five", {"31", "5"}),
        ("a couple of days", {"2"}),
        ("half a dozen", {"12"}),
        ("seven out of ten", {"7", "10"}),
        ("7/10", {"7", "10"}),
        ("37.5 degrees", {"37.5"}),
        ("at 5:30", {"5:30"}),
        ("a hundred and fifty", {"150"}),
        ("one of them, once", set()),
        ("twice a day", {"2"}),
        ("no numbers here", set()),
        ("12345678901", {"12345678901"}),
        ("ninety-nine", {"99"}),
    ],
)
def test_numbers_are_read_in_words_and_in_figures(text: str, numbers: set[str]) -> None:
    assert PLAIN.read(text).numbers == numbers


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("my left knee", {"left"}),
        ("on the right", {"right"}),
        ("down the left side", {"left"}),
        ("left-sided, mostly", {"left"}),
        ("my lower left back", {"left"}),
        ("it goes from left to right", {"left", "right"}),
        ("in both knees", {"both"}),
        ("the other leg", {"other"}),
        ("all right, doctor", set()),
        ("that's right", set()),
        ("right now it's fine", set()),
        ("I left school at fifteen", set()),
        ("what's left of it", set()),
        ("right after lunch", set()),
    ],
)
def test_sides_are_those_of_the_body(text: str, sides: set[str]) -> None:
    assert PLAIN.read(text).sides == sides


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have a cough", [False]),
        ("I don't have a cough", [True]),
        ("I’ve never had a cough", [True]),
        ("Nobody has a cough", [True]),
        ("I have a cough but no fever", [False, True]),
        ("I have a cough, and I don't smoke", [False, True]),
        ("I never don't cough", [False]),
        ("I can't help coughing", [False]),
        ("No wonder I cough", [False]),
        ("I cough, don't worry", [False, False]),
        ("No.", []),
        ("", []),
    ],
)
def test_each_clause_has_its_own_sign(text: str, expected: list[bool]) -> None:
    assert [c.negative for c in PLAIN.read(text).clauses] == expected


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Yes, I do.", "yes"),
        ("Oh, well, no.", "no"),
        ("Hmm, yes.", "yes"),
        ("Doctor, no.", "no"),
        ("I do, yes.", ""),
        ("No wonder I cough.", ""),
        ("Nothing.", ""),
        ("", ""),
        ("…", ""),
    ],
)
def test_a_reply_begins_with_a_yes_a_no_or_neither(text: str, start: str) -> None:
    assert PLAIN.read(text).opens == start


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("My blood type?", True),
        ("Kenya.", False),
        ("Do you think that I have been to Kenya?", False),
    ],
)
def test_a_short_question_back_takes_up_the_residents_words(text: str, asks: bool) -> None:
    assert PLAIN.read(text).asks is asks


def test_contractions_are_undone() -> None:
    words = [bare(t) for t in tokens_of("I didn’t, it's, can't, won't, they've")]
    assert words == ["i", "did", "it", "can", "will", "they"]


def test_sentences_end_with_their_stops() -> None:
    expected = ["It hurts.", '"Badly!', "Does it?", "Yes…", "no"]
    assert sentences_of('It hurts. "Badly!" Does it?\nYes… no') == expected


def test_a_missing_file_of_rows_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"guard\.yaml"):
        load_rows(tmp_path)


def test_a_row_without_its_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "talk" / "en").mkdir(parents=True)
    path = tmp_path / "talk" / "en" / "guard.yaml"
    path.write_text('"yes": {stops: "Yeah.", passes: "No.", words: [yeah]}\n', encoding="utf-8")
    with pytest.raises(KnowledgeError, match="why"):
        load_rows(tmp_path)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_reading_never_fails_whatever_is_said(text: str) -> None:
    assert PLAIN.read(text).content <= PLAIN.read(text).stems


def test_the_words_of_this_turns_lines_and_of_their_other_wordings_are_free(
    turn: MakeTurn, tongue: Tongue
) -> None:
    allowed = turn(tell("onset")).allowed
    assert {tongue.stem(w) for w in ("began", "weeks", "been")} <= allowed.stems
    assert tongue.stem("months") not in allowed.stems
    assert {"3"} <= allowed.numbers


def test_what_was_told_before_is_known_but_is_not_of_this_turn(
    turn: MakeTurn, tongue: Tongue
) -> None:
    honey = tongue.stem("honey")
    later = turn(tell("onset"), state=State(told={"tea": 1})).allowed
    assert honey not in turn(tell("onset")).allowed.known
    assert honey in later.known - later.stems
    assert "honey" in later.spoken


def test_the_opening_is_known_once_it_was_said(turn: MakeTurn) -> None:
    assert "get rid of" not in turn(tell("onset")).allowed.spoken
    assert "get rid of" in turn(tell("onset"), state=State(opening_said=True)).allowed.spoken


@pytest.mark.parametrize("part", [WITHHELD, Part("unknown", topic="soc.smoking"), Part("unclear")])
def test_a_silent_turn_frees_nothing_of_its_fact_or_topic(
    part: Part, turn: MakeTurn, tongue: Tongue
) -> None:
    allowed = turn(part, said="Do you smoke?").allowed
    assert not {tongue.stem(w) for w in ("smoking", "march", "cigarettes")} & allowed.stems
    assert "smoking" in allowed.hidden


@pytest.mark.parametrize(
    ("part", "signs"),
    [
        (tell("onset"), {"yes"}),
        (deny("ros.fever"), {"no"}),
        (Part("unknown"), {"open"}),
        (Part("talk", talk="greeting"), set()),
    ],
)
def test_a_line_says_yes_or_no_or_leaves_it_open(
    part: Part, signs: set[str], turn: MakeTurn
) -> None:
    assert turn(part).allowed.signs == signs
