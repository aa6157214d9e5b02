from __future__ import annotations

from simulator.patient.case import Case, script_entries, topic_entries
from simulator.services import Services
from tests.cough import COUGH, cough_script


def test_a_fact_without_a_topic_gets_the_nearest_one(services: Services) -> None:
    fact = {"id": "smell", "says": "I can't smell my coffee any more."}
    case = services.case(cough_script(facts=[*COUGH["facts"], fact]))
    assert case.topic_of["smell"] == "ros.smell"
    assert case.guessed == {"smell": "ros.smell"}


def test_a_named_topic_is_kept_and_not_guessed(case: Case) -> None:
    assert case.topic_of["onset"] == "hpi.onset"
    assert case.guessed == {}


def test_facts_of_one_topic_stay_in_script_order(services: Services) -> None:
    fact = {"id": "later", "topic": "hpi.onset", "says": "It was a Monday."}
    case = services.case(cough_script(facts=[*COUGH["facts"], fact]))
    assert case.facts_of["hpi.onset"] == ("onset", "later")


def test_what_brought_the_patient_is_known_from_the_doorway_and_the_opening(case: Case) -> None:
    assert "ros.cough" in case.chief_topics
    assert "ros.fever" not in case.chief_topics


def test_an_authors_example_question_is_known_by_its_words(services: Services) -> None:
    asks = ["Does it wake you, at night?"]
    fact = {"id": "wakes", "topic": "hpi.wakes", "says": "Twice a night.", "asks": asks}
    case = services.case(cough_script(facts=[*COUGH["facts"], fact]))
    assert case.examples["does it wake you at night"] == "wakes"


def test_every_line_and_example_question_of_a_fact_is_indexed() -> None:
    fact = {"id": "a", "says": "One.", "also": ["Two."], "asks": ["Three?"]}
    entries = script_entries(cough_script(facts=[fact], checklist=[], cues=[], note_key={}))
    own = [(e.role, e.text) for e in entries if e.owner == "a"]
    assert own == [("says", "One."), ("says", "Two."), ("asks", "Three?")]


def test_no_secret_of_the_note_key_or_checklist_is_indexed() -> None:
    texts = " ".join(e.text for e in script_entries(cough_script())).lower()
    assert "viral infection" not in texts
    assert "asks about" not in texts


def test_every_topic_has_at_least_one_question_in_the_index(services: Services) -> None:
    field = services.field
    owners = {e.owner for e in topic_entries(field.topics) if e.role == "question"}
    assert owners == set(field.topics.by_id)


def test_a_case_is_made_once_for_one_content(services: Services) -> None:
    assert services.case(cough_script()) is services.case(cough_script())
    assert services.case(cough_script(opening="Oh dear.")) is not services.case(cough_script())
