from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.turn import Decision, Part, State
from simulator.patient.voice import Line, Speech, join


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


def test_a_no_that_names_nothing_comes_after_what_is_told_and_is_to_the_rest(case: Case) -> None:
    asked = deny("soc.drugs"), tell("asthma"), deny("ros.fever")
    assert said(case, *asked) == "I had asthma as a boy. Otherwise, no."
    assert said(case, asked[0], asked[2]) in case.field.talk.voice.no_to_all


def test_one_is_coy_only_once_in_a_reply(case: Case) -> None:
    withheld = [Part("withheld", (fact,), f"soc.{fact}") for fact in ("smoking", "court")]
    assert said(case, *withheld) in case.field.talk.voice.withheld


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


def test_the_closing_is_the_scripts(case: Case) -> None:
    assert said(case, Part("talk", talk="closing")) == "Goodbye then, doctor."


def test_nothing_decided_says_nothing(case: Case) -> None:
    assert said(case) == ""


def lines(case: Case, *parts: Part, state: State | None = None) -> tuple[Line, ...]:
    return Speech(case, state or State()).lines(Decision(parts, 0.0))


def test_each_line_knows_its_kind_its_facts_and_its_topics(case: Case) -> None:
    told, denied = lines(case, Part("tell", ("asthma",), "pmh.asthma"), deny("ros.fever"))
    assert told == Line("tell", "I had asthma as a boy.", ("asthma",), ("pmh.asthma",))
    assert (denied.kind, denied.facts, denied.topics) == ("deny", (), ("ros.fever",))


def test_several_denials_are_one_line_that_knows_all_their_topics(case: Case) -> None:
    (line,) = lines(case, deny("ros.fever"), deny("ros.chills"), deny("ros.fever"))
    assert line.text == "No, no fever or chills."
    assert set(line.topics) == {"ros.fever", "ros.chills"}


def test_a_line_of_talk_knows_its_act(case: Case) -> None:
    (line,) = lines(case, Part("talk", talk="greeting"))
    assert (line.kind, line.talk) == ("talk", "greeting")


def test_no_text_is_said_twice_in_one_turn(case: Case) -> None:
    found = lines(case, tell("onset"), Part("tell", ("onset",), "hpi.onset"), tell("tea"))
    assert [line.text for line in found] == [
        "It began three weeks ago.",
        "Warm tea with honey eases it.",
    ]


def test_what_is_said_is_the_lines_joined(case: Case) -> None:
    parts = (Part("talk", talk="greeting"), tell("asthma", "onset"), deny("ros.fever"))
    found = lines(case, *parts)
    assert said(case, *parts) == join(found) == " ".join(line.text for line in found)
    assert join(()) == ""


def test_a_line_of_what_is_kept_back_names_the_fact_but_holds_no_word_of_it(case: Case) -> None:
    (line,) = lines(case, Part("withheld", ("smoking",), "soc.smoking"))
    assert (line.kind, line.facts) == ("withheld", ("smoking",))
    assert "smok" not in line.text.lower()


def test_lines_are_the_same_whenever_the_same_is_decided(case: Case) -> None:
    parts = (tell("onset"), deny("ros.fever"), Part("unknown"))
    assert lines(case, *parts) == lines(case, *parts)
