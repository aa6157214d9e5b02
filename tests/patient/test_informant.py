"""A case in which somebody else speaks for the patient."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.patient.patient import Patient
from simulator.patient.prompting import system_prompt
from simulator.services import Services
from tests.conftest import make_script
from tests.cough import Visit

CHILD: dict[str, Any] = {
    "doorway": {
        "setting": "Clinic",
        "name": "Nora Lind",
        "age": 3,
        "sex": "female",
        "pronouns": "she/her",
        "concern": "Fever",
    },
    "informant": {
        "name": "Jonas Lind",
        "relation": "father",
        "age": 34,
        "calls": ["your little girl"],
    },
    "patient": {"occupation": "tram driver"},
    "opening": "She's been hot since Sunday, and now she won't drink.",
    "facts": [
        {"id": "hot", "topic": "ros.fever", "says": "She's been hot.", "tell": "opening"},
        {"id": "onset", "topic": "hpi.onset", "says": "It started on Sunday evening."},
        {"id": "rash", "topic": "ros.rash", "says": "There are spots on her tummy."},
        {"id": "jabs", "topic": "pmh.vaccination", "says": "She's had all her jabs."},
    ],
    "denies": [],
    "checklist": [{"id": "rash", "text": "Asks about a rash", "facts": ["rash"]}],
}


@pytest.fixture(scope="module")
def father(services: Services) -> Patient:
    """Jonas Lind, who speaks for his daughter of three."""
    return services.patient(make_script(**CHILD))


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("Does she have a rash?", "rash"),
        ("Has Nora got any spots?", "rash"),
        ("Has your little girl had her vaccinations?", "jabs"),
        ("When did it start?", "onset"),
    ],
)
def test_what_is_asked_of_her_is_told_of_her(father: Patient, said: str, fact: str) -> None:
    assert fact in Visit(father).told(said)


def test_of_two_jobs_the_one_is_told_of_whom_it_was_asked(services: Services) -> None:
    """An old man's daughter speaks; the script holds what each of them worked at."""
    facts = [
        {"id": "his", "topic": "soc.occupation", "says": "He was a ferry captain, all his life."},
        {"id": "hers", "topic": "soc.occupation", "says": "I'm a baker, four days a week."},
    ]
    doorway = {**CHILD["doorway"], "name": "Edvin Lind", "age": 81, "sex": "male"}
    doorway["pronouns"] = "he/him"
    informant = {"name": "Karin Lind", "relation": "daughter", "age": 50, "calls": ["your dad"]}
    given = {**CHILD, "doorway": doorway, "informant": informant, "facts": facts, "checklist": []}
    daughter = services.patient(make_script(**given))
    assert Visit(daughter).told("What did your dad do for a living?") == {"his"}
    assert Visit(daughter).told("And what do you do for a living yourself?") == {"hers"}


def test_what_the_script_is_silent_on_is_denied_of_her_and_not_of_himself(father: Patient) -> None:
    reply = Visit(father).ask("Has she had a cough?")
    assert reply.decision.denied == ("ros.cough",)
    assert reply.text.startswith("No, ")
    assert "I don't" not in reply.text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("And what is your name?", "I'm Jonas Lind, the father. This is about Nora Lind."),
        ("How old is she?", "Nora is 3."),
    ],
)
def test_he_says_who_he_is_and_how_old_she_is(father: Patient, said: str, answer: str) -> None:
    assert Visit(father).ask(said).text == answer


def test_words_for_her_are_read_as_you_and_no_word_moves(father: Patient) -> None:
    said = "Is Nora well, and has she told her brother?"
    put = father.case.addressed(said)
    assert put == "Is you  well, and has you told you brother?"
    assert len(put) == len(said)


def test_what_a_turn_does_is_told_by_its_own_words(father: Patient) -> None:
    heard = Visit(father).ask("Could she tell you what happened?").understanding
    assert heard.act != "nonsense"


def test_he_says_what_befits_him_while_she_is_examined(father: Patient) -> None:
    said = Visit(father).ask("I'm going to examine her tummy now.").text
    assert said in father.case.field.talk.voice.informant.reactions["exam_announce"]


def test_words_for_others_stay(father: Patient) -> None:
    said = "Is his sister Norah well?"
    assert father.case.addressed(said) == said


def test_where_the_patient_speaks_every_word_stays(services: Services) -> None:
    patient = services.patient(make_script())
    assert patient.case.addressed("Has she been well?") == "Has she been well?"


def test_a_language_model_is_told_for_whom_it_speaks(father: Patient) -> None:
    prompt = system_prompt(father.case)
    assert "Jonas Lind, 34 years old" in prompt
    assert "you are the father of Nora Lind (3 years old, female)" in prompt


def test_who_comes_alone_is_not_told_of_anybody_else(services: Services) -> None:
    assert "for whom you speak" not in system_prompt(services.patient(make_script()).case)
