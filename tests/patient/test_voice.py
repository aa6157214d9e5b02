from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.turn import Decision, Part, State
from simulator.patient.voice import Speech


def said(case: Case, *parts: Part, state: State | None = None) -> str:
    return Speech(case, state or State()).say(Decision(parts, 0.0))


def tell(*facts: str) -> Part:
    return Part("tell", facts)


def deny(topic: str) -> Part:
    return Part("deny", topic=topic)


def test_a_fact_is_told_in_the_authors_words(case: Case) -> None:
    assert said(case, tell("onset")) == "It began three weeks ago."


def test_repeats_use_the_authors_other_wordings_and_then_say_so(case: Case) -> None:
    lines = [said(case, tell("onset"), state=State(told={"onset": n})) for n in range(3)]
    assert lines[1] == "Three weeks it's been now."
    assert lines[2].endswith("began three weeks ago.")
    assert len(set(lines)) == 3


def test_set_phrases_take_turns(case: Case) -> None:
    speech = Speech(case, State())
    first = speech.say(Decision((Part("unknown"),), 0.0))
    later = Speech(case, State(phrases=speech.phrases))
    assert later.say(Decision((Part("unknown"),), 0.0)) != first


def test_several_denials_are_one_sentence(case: Case) -> None:
    line = said(case, deny("ros.fever"), deny("ros.chills"))
    assert line == "No, no fever or chills."


def test_one_denial_is_a_plain_no(case: Case) -> None:
    assert said(case, deny("ros.fever")).startswith("No, ")


def test_an_answer_and_a_denial_are_both_said(case: Case) -> None:
    line = said(case, tell("asthma"), deny("ros.fever"), deny("ros.chills"))
    assert line == "I had asthma as a boy. No fever or chills."


def test_what_is_kept_back_in_silence_leaves_no_trace_in_the_words(case: Case) -> None:
    silent = Part("withheld", ("court",), None, "silent")
    assert said(case, tell("onset"), silent) == said(case, tell("onset"))


def test_what_is_withheld_is_not_hinted_at(case: Case) -> None:
    line = said(case, Part("withheld", ("smoking",), "soc.smoking"))
    assert line in case.field.talk.voice.withheld


@pytest.mark.parametrize(
    ("topic", "line"),
    [("identity.name", "I'm Erik Holm."), ("identity.age", "I'm 47.")],
)
def test_the_patient_knows_name_and_age(topic: str, line: str, case: Case) -> None:
    assert said(case, Part("identity", topic=topic)) == line


def test_a_wrong_summary_is_put_right_in_plain_words(case: Case) -> None:
    line = said(case, Part("correct", ("onset",)), Part("confirm"))
    assert line.endswith("It began three weeks ago.")
    assert line not in case.field.talk.voice.confirm


def test_out_of_role_talk_is_answered_alone(case: Case) -> None:
    line = said(case, Part("talk", talk="break_role"), tell("onset"))
    assert "three weeks" not in line
    assert "a cough" in line


def test_the_closing_is_the_scripts(case: Case) -> None:
    assert said(case, Part("talk", talk="closing")) == "Goodbye then, doctor."


def test_nothing_decided_says_nothing(case: Case) -> None:
    assert said(case) == ""
