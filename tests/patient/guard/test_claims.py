"""What a text claims: stems, numbers, sides, and what is said with a no."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import KnowledgeError
from simulator.patient.guard.claims import Claims, bare, sentences_of, tokens_of
from simulator.patient.guard.words import load_guard_words
from simulator.settings import ROOT

WORDS = load_guard_words(ROOT / "knowledge")
SMALL = "one two three four five six seven eight nine ten eleven twelve"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
NUMBERS = {word: n for n, word in enumerate(SMALL.split(), 1)}
PLAIN = Claims(WORDS, NUMBERS, ["not", "no", "never"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("started", "starting"),
        ("began", "begun"),
        ("woke", "awake"),
        ("children", "child"),
        ("feet", "foot"),
        ("worse", "worse"),
        ("sharper", "sharp"),
        ("heaviest", "heavy"),
        ("hottest", "hot"),
        ("drier", "dry"),
        ("mothers", "mother"),
    ],
)
def test_forms_of_a_word_meet_under_one_stem(one: str, other: str, claims: Claims) -> None:
    assert claims.stem(one) == claims.stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("quite", "quit"),
        ("severe", "several"),
        ("numb", "number"),
        ("even", "evening"),
        ("new", "news"),
        ("waking", "walking"),
        ("needle", "need"),
        ("week", "weak"),
    ],
)
def test_words_that_mean_different_things_keep_different_stems(
    one: str, other: str, claims: Claims
) -> None:
    assert claims.stem(one) != claims.stem(other)


@pytest.mark.parametrize(
    "word",
    ["quit", "evening", "numb", "manager", "bloody", "back", "weight", "severe", "sleepy"],
)
def test_a_word_that_tells_something_is_not_taken_for_an_everyday_one(
    word: str, claims: Claims
) -> None:
    assert claims.stem(word) not in claims.plain


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twenty-two", {"22"}),
        ("Twenty two of them", {"22"}),
        ("22 of them", {"22"}),
        ("twenty and two", {"20", "2"}),
        ("thirty-one, then five", {"31", "5"}),
        ("a couple of days", {"2"}),
        ("half a dozen", {"12"}),
        ("seven out of ten", {"7", "10"}),
        ("7 out of 10", {"7", "10"}),
        ("7/10", {"7", "10"}),
        ("37.5 degrees", {"37.5"}),
        ("at 5:30", {"5:30"}),
        ("2,000 steps", {"2,000"}),
        ("one of them, once", set()),
        ("twice a day", {"2"}),
        ("nineteen eighty-four", {"19", "84"}),
        ("no numbers here", set()),
        ("12345678901", {"12345678901"}),
        ("ninety-nine", {"99"}),
    ],
)
def test_numbers_are_read_in_words_and_in_figures(
    text: str, numbers: set[str], claims: Claims
) -> None:
    assert claims.numbers_of(text) == numbers


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("seven out of ten", "7/10"),
        ("a hundred and fifty", "150"),
    ],
)
def test_a_number_is_the_same_in_words_and_in_figures(
    words: str, figures: str, claims: Claims
) -> None:
    assert claims.numbers_of(words) == claims.numbers_of(figures)


@pytest.mark.parametrize(
    ("text", "ones"),
    [
        ("once a week", {"once week"}),
        ("once in a month", {"once month"}),
        ("one tablet", {"one tablet"}),
        ("one brother", {"one brother"}),
        ("one of those", set()),
        ("a week", set()),
    ],
)
def test_what_is_counted_to_one_is_told_from_a_mere_one(
    text: str, ones: set[str], claims: Claims
) -> None:
    assert claims.ones_of(text) == ones


def test_a_week_may_be_called_one_week(claims: Claims) -> None:
    assert claims.ones_of("one week") <= claims.singles_of("I've had it for a week")
    assert not claims.ones_of("one month") <= claims.singles_of("I've had it for a week")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("my left knee", {"left"}),
        ("the right arm", {"right"}),
        ("on the right", {"right"}),
        ("down the left side", {"left"}),
        ("left-sided, mostly", {"left"}),
        ("my lower left back", {"left"}),
        ("it goes from left to right", {"left", "right"}),
        ("in both knees", {"both"}),
        ("the other leg", {"other"}),
        ("either ankle", {"either"}),
        ("all right, doctor", set()),
        ("that's right", set()),
        ("right now it's fine", set()),
        ("I left school at fifteen", set()),
        ("she left me", set()),
        ("what's left of it", set()),
        ("right after lunch", set()),
        ("it doesn't feel right", set()),
        ("my wife has left", set()),
        ("I'll be right back", set()),
    ],
)
def test_sides_are_those_of_the_body(text: str, sides: set[str], claims: Claims) -> None:
    assert claims.sides_of(text) == sides


def signs(claims: Claims, text: str) -> list[bool]:
    return [c.negative for c in claims.clauses_of(text)]


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
        ("It's not that I don't cough", [True]),
        ("I can't help coughing", [False]),
        ("No wonder I cough", [False]),
        ("It is not only the cough", [False]),
        ("I cough, don't worry", [False]),
        ("Pollen, animals, nothing like that", [True, True, True]),
        ("No damp, mould or dust", [True, True]),
        ("No.", []),
        ("Yes, no, well", []),
        ("", []),
    ],
)
def test_each_clause_has_its_own_sign(text: str, expected: list[bool], claims: Claims) -> None:
    assert signs(claims, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No fever, but chills", [True, False]),
        ("Chills, but no fever", [False, True]),
        ("A fever, yes, no chills", [False, True]),
    ],
)
def test_a_bare_word_after_a_but_is_a_yes(text: str, expected: list[bool], claims: Claims) -> None:
    assert signs(claims, text) == expected


@pytest.mark.parametrize(
    ("text", "soft"),
    [
        ("I hardly cough", True),
        ("I've stopped coughing", True),
        ("I'm not sure about the cough", True),
        ("I cough", False),
        ("I don't cough", False),
    ],
)
def test_a_no_in_other_words_is_known_as_unsure(text: str, soft: bool, claims: Claims) -> None:
    assert [c.soft for c in claims.clauses_of(text)] == [soft]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Yes, I do.", "yes"),
        ("Yeah, a bit.", "yes"),
        ("Oh, well, no.", "no"),
        ("No, doctor.", "no"),
        ("Hmm, yes.", "yes"),
        ("Doctor, no.", "no"),
        ("So yes.", "yes"),
        ("I do, yes.", ""),
        ("No wonder I cough.", ""),
        ("Nothing.", ""),
        ("", ""),
        ("…", ""),
    ],
)
def test_a_reply_begins_with_a_yes_a_no_or_neither(text: str, start: str, claims: Claims) -> None:
    assert claims.opens_with(text) == start


def test_contractions_are_undone(claims: Claims) -> None:
    assert [bare(t) for t in tokens_of("I didn’t, it's, can't, won't, they've")] == [
        "i",
        "did",
        "it",
        "can",
        "will",
        "they",
    ]
    assert claims.stems_of("didn't") == claims.stems_of("did")


def test_sentences_end_with_their_stops() -> None:
    assert sentences_of('It hurts. "Badly!" Does it?\nYes… no') == [
        "It hurts.",
        '"Badly!',
        "Does it?",
        "Yes…",
        "no",
    ]


def test_words_of_one_meaning_allow_each_other(claims: Claims) -> None:
    stem = claims.stem
    assert stem("mum") in claims.widen([stem("mother")])
    assert stem("father") not in claims.widen([stem("mother")])


def test_turns_of_phrase_claim_nothing(claims: Claims) -> None:
    assert "hand" not in claims.plainly("On the one hand, I'm sick of it")
    assert claims.plainly("I'm all right") == "i'm alright"
    assert "afraid" not in claims.plainly("I'm afraid I don't know")
    assert "afraid" in claims.plainly("I'm afraid of my father")


def test_a_missing_file_of_words_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"guard\.yaml"):
        load_guard_words(tmp_path)


def test_a_misspelt_entry_in_the_file_of_words_is_named(tmp_path: Path) -> None:
    (tmp_path / "talk" / "en").mkdir(parents=True)
    path = tmp_path / "talk" / "en" / "guard.yaml"
    shutil.copy(ROOT / "knowledge" / "talk" / "en" / "guard.yaml", path)
    path.write_text(path.read_text(encoding="utf-8") + "jargonn: [x]\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="jargonn"):
        load_guard_words(tmp_path)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_reading_never_fails_whatever_is_said(text: str) -> None:
    PLAIN.clauses_of(text)
    PLAIN.numbers_of(text)
    PLAIN.singles_of(text)
    PLAIN.sides_of(text)
    PLAIN.opens_with(text)
    assert PLAIN.stems_of(text) >= frozenset()


@settings(deadline=None)
@given(st.integers(0, 99))
def test_every_number_to_a_hundred_reads_alike_in_words_and_in_figures(number: int) -> None:
    tens = TENS.split()
    teens = TEENS.split()
    small = ["zero", *NUMBERS, *teens]
    claims = Claims(
        WORDS, {**NUMBERS, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "fifteen": 15}, []
    )
    if number == 1:
        return  # 'one' may be no number at all
    if number < 20:
        words = small[number]
    else:
        ten, one = divmod(number, 10)
        words = tens[ten - 2] + (f"-{small[one]}" if one else "")
    assert claims.numbers_of(words) == claims.numbers_of(str(number)) == {str(number)}
