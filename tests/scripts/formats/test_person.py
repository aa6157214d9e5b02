"""What is written to a patient becomes what the patient says."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scripts.formats.person import first_person
from simulator.scripts.formats.reported import base_form, says_no, spoken

HERE = Path(__file__).parent


def pairs(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(a, b) for a, _, b in (line.partition(" => ") for line in lines) if b]


def test_there_are_enough_sentences_to_trust_the_turning() -> None:
    assert len(pairs("second_person.txt")) >= 120


@pytest.mark.parametrize(("written", "said"), pairs("second_person.txt"))
def test_the_second_person_becomes_the_first(written: str, said: str) -> None:
    assert first_person(written) == said


@pytest.mark.parametrize("said", [b for _, b in pairs("second_person.txt") if '"' not in b])
def test_what_the_patient_says_already_stays_as_it_is(said: str) -> None:
    if "you" not in said.lower():
        assert first_person(said) == said


@pytest.mark.parametrize(("written", "said"), pairs("third_person.txt"))
def test_notes_about_a_patient_become_what_the_patient_says(written: str, said: str) -> None:
    assert spoken(written).text == said


def test_a_patient_who_is_named_speaks_of_himself_as_i() -> None:
    assert spoken("Mr. Hall takes aspirin.", "Bob Hall").text == "I take aspirin."
    assert spoken("Bob's wife called.", "Bob Hall").text == "My wife called."


def test_who_he_is_beside_another_man_is_left_to_a_human() -> None:
    said = spoken("His father had a stroke when he was fifty.")
    assert said.text == "My father had a stroke when he was fifty."
    assert "look who" in said.doubt


@pytest.mark.parametrize(
    ("line", "no"),
    [
        ("I have no fever.", True),
        ("I haven't been abroad.", True),
        ("I’ve never smoked.", True),
        ("No, nothing like that.", True),
        ("I don't sleep well but I have no pain.", False),
        ("I have a cough and no fever.", False),
        ("Nothing helped until the tablets.", False),
    ],
)
def test_a_line_that_says_no_from_the_start_is_negative(line: str, no: bool) -> None:
    assert says_no(line) is no


@pytest.mark.parametrize(
    ("third", "first"),
    [
        ("takes", "take"),
        ("has", "have"),
        ("worries", "worry"),
        ("goes", "go"),
        ("watches", "watch"),
        ("lies", "lie"),
        ("was", "was"),
        ("smoked", "smoked"),
        ("isn't", "am not"),
    ],
)
def test_a_verb_loses_its_ending_of_the_third_person(third: str, first: str) -> None:
    assert base_form(third) == first
