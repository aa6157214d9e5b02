from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from simulator.evaluator.communication import IndicatorResult, judge_communication
from simulator.evaluator.evidence import Exchange
from simulator.patient.patient import Patient
from simulator.services import Services
from tests.evaluator.conftest import Heard

Judge = tuple[Patient, Services]


@pytest.fixture
def judge(cough: Patient, services: Services) -> Judge:
    return cough, services


def judged(judge: Judge, exchanges: Sequence[Exchange]) -> dict[str, IndicatorResult]:
    patient, services = judge
    rubric = services.rubric(patient.case.script.communication.rubric)
    return {r.id: r for r in judge_communication(patient.case, rubric, exchanges)}


def test_every_indicator_of_the_rubric_is_judged(judge: Judge, held: Heard) -> None:
    rubric = judge[1].rubric("vsp-comm-9")
    assert list(judged(judge, held("Any fever?"))) == [i.id for i in rubric.indicators]


GOOD_AND_BAD = [
    ("introduction", ["Hello, I'm Dr Berg, the resident."], ["Any fever?"]),
    ("open_ratio", ["What brings you in?", "Tell me more."], ["Any fever?", "Do you smoke?"] * 3),
    ("empathy", ["I'm so sorry to hear that."], ["Any fever?"]),
    ("summary", ["Any fever?", "To recap, you've had this cough for three weeks."], ["Any fever?"]),
    (
        "closing",
        ["I'd like to arrange a chest X-ray for you.", "What questions do you have for me?"],
        ["Anything else?", "Goodbye."],
    ),
    ("perspective", ["What do you think it is?", "What worries you most?"], ["Any fever?"]),
    ("signposting", ["Now I'd like to move on to your family history."], ["Any fever?"]),
    ("leading", ["Do you have a fever?"], ["You don't smoke?", "No fever?", "You haven't a rash?"]),
    ("jargon", ["Are you short of breath?"], ["Any dyspnoea?", "Any haemoptysis?"]),
    ("leading", ["Does it hurt?"], ["It's worse at night, isn't it?"] * 3),
    ("respect", ["That must be hard."], ["It's your own fault, you should have stopped smoking."]),
    (
        "sharing",
        ["I think it's a viral cough.", "What do you think about that?"],
        ["Any fever?"],
    ),
    (
        "double_questions",
        ["When did it start?", "What makes it worse?"],
        ["When did it start and do you smoke?", "What makes it worse and do you have asthma?"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("indicator", "good", "bad"), GOOD_AND_BAD)
def test_good_and_poor_conduct_are_told_apart(
    judge: Judge, held: Heard, indicator: str, good: list[str], bad: list[str]
) -> None:
    assert judged(judge, held(*good))[indicator].standing == "good"
    assert judged(judge, held(*bad))[indicator].standing == "improve"


def test_quotes_stand_in_the_turn_they_name(judge: Judge, held: Heard) -> None:
    exchanges = held(*[q for _, good, bad in GOOD_AND_BAD for q in (*good, *bad)])
    said = {e.turn: e.said for e in exchanges}
    quotes = [q for r in judged(judge, exchanges).values() for q in r.quotes]
    assert len(quotes) > 5
    assert all(q.text in said[q.turn] for q in quotes)


def test_a_medical_word_explained_at_once_is_no_jargon(judge: Judge, held: Heard) -> None:
    exchanges = held("Any dyspnoea, that is, being short of breath?", "Any nausea?")
    assert judged(judge, exchanges)["jargon"].count == 0


def test_or_before_another_medical_word_explains_nothing(judge: Judge, held: Heard) -> None:
    assert judged(judge, held("Any haemoptysis or dyspnoea?"))["jargon"].count == 2
    assert judged(judge, held("Any haemoptysis, or coughing up of blood?"))["jargon"].count == 0


def test_a_leading_tag_counts_though_its_turn_goes_on_to_ask(judge: Judge, held: Heard) -> None:
    pushed = "You're sleeping badly, aren't you? Any fever?"
    assert judged(judge, held(pushed, pushed))["leading"].count == 2


def test_what_is_said_before_the_patient_spoke_sums_up_nothing(judge: Judge, held: Heard) -> None:
    recap = "So you've had this cough for three weeks, is that right?"
    assert judged(judge, held(recap))["summary"].standing == "improve"


def test_two_facts_that_one_question_asks_for_are_one_question(judge: Judge, heard: Heard) -> None:
    (spoken,) = heard(("D", "When did it start?"), ("P", "In May."))
    (asked,) = (s for s in spoken.clauses if s.question)
    other = replace(asked, topic="hpi.duration", facts=frozenset({"other"}))
    several = judged(judge, [replace(spoken, clauses=(asked, other))])["double_questions"]
    assert (several.count, several.standing) == (1, "improve")
    same = replace(other, beside=True)
    assert judged(judge, [replace(spoken, clauses=(asked, same))])["double_questions"].count == 0


def test_an_empathic_answer_counts_against_the_hints_that_came(judge: Judge, heard: Heard) -> None:
    hint = (("D", "Go on."), ("P", "I do think of my uncle a lot these days."))
    missed = judged(judge, heard(*hint, ("D", "Any fever?"), ("P", "No.")))["empathy"]
    assert (missed.count, missed.of, missed.standing) == (0, 1, "improve")
    taken = judged(judge, heard(*hint, ("D", "I'm so sorry to hear that."), ("P", "Thanks.")))
    assert (taken["empathy"].count, taken["empathy"].of) == (1, 1)


def test_where_nothing_was_asked_there_is_nothing_to_say_on_questions(judge: Judge) -> None:
    results = judged(judge, ())
    assert results["open_ratio"].standing == "not applicable"
    assert results["double_questions"].standing == "not applicable"
