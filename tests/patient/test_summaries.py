from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.patient import Patient
from simulator.patient.summaries import Check, asserted_but_absent, check_summary
from tests.cough import Visit


def checked(patient: Patient, text: str, *told: str) -> Check:
    known = patient.understander
    return check_summary(
        text, patient.case, frozenset(told), known.statements, known.reader.encoder
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("So it began three weeks ago.", ()),
        ("So it began three months ago.", ("onset",)),
        ("So it began five weeks ago.", ("onset",)),
        ("So it began 3 weeks ago.", ()),
        ("So cold air makes it better.", ("stairs",)),
        ("So cold air makes it worse.", ()),
        ("So you never had asthma.", ("asthma",)),
    ],
)
def test_another_number_side_or_a_false_no_is_wrong(
    cough: Patient, text: str, wrong: tuple[str, ...]
) -> None:
    assert checked(cough, text).wrong == wrong


def test_what_is_locked_is_neither_confirmed_nor_put_right(cough: Patient) -> None:
    text = "So you went back to smoking in June."
    assert checked(cough, text).locked == ("smoking",)
    assert checked(cough, text).wrong == ()
    assert checked(cough, text, "smoking").locked == ()


@pytest.mark.parametrize("locked", ["smoking", "court", "xray"])
def test_a_summary_never_draws_out_what_is_locked_or_not_known(cough: Patient, locked: str) -> None:
    text = "So you never smoked, never went to court, and had no X-ray in 1990."
    assert locked not in checked(cough, text).wrong


def test_a_symptom_that_the_script_denies_is_not_accepted(case: Case) -> None:
    assert asserted_but_absent("you have had a fever", case) == "ros.fever"
    assert asserted_but_absent("you have had no fever", case) is None
    assert asserted_but_absent("you have had a cough", case) is None


@pytest.mark.parametrize(
    "right",
    [
        "To recap, you've had this cough for three weeks. Is that correct?",
        "So you've had this cough for three weeks.",
    ],
)
def test_a_right_summary_is_confirmed_and_tells_nothing_new(visit: Visit, right: str) -> None:
    reply = visit.ask(right)
    assert reply.understanding.act == "summary"
    assert [p.kind for p in reply.decision.parts if p.kind != "talk"][:1] == ["confirm"]
    assert not reply.decision.told


@pytest.mark.parametrize(
    ("wrong", "fact"),
    [
        ("So to summarise, it began three months ago.", "onset"),
        ("To recap, you've never had asthma.", "asthma"),
    ],
)
def test_a_wrong_summary_is_put_right_with_the_patients_line(
    visit: Visit, wrong: str, fact: str
) -> None:
    reply = visit.ask(wrong)
    assert reply.decision.told == (fact,)
    assert visit.patient.case.facts[fact].says in reply.text


def test_two_faults_of_a_summary_are_put_right_at_once(visit: Visit) -> None:
    visit.ask("When did it start?")
    reply = visit.ask("To sum up, it began three months ago, and you've never had asthma. Right?")
    assert reply.decision.told == ("onset", "asthma")
    assert all(visit.patient.case.facts[f].says in reply.text for f in ("onset", "asthma"))


def test_every_piece_of_a_long_summary_is_held_against_the_case(cough: Patient) -> None:
    text = "You've had a cough for three weeks, cold air makes it {}, and you bring up phlegm."
    assert checked(cough, text.format("worse")).wrong == ()
    assert checked(cough, text.format("better"), "stairs").wrong == ("stairs",)


def test_a_summary_with_a_symptom_too_many_is_denied(visit: Visit) -> None:
    reply = visit.ask("So you've had a fever for two days and you live alone.")
    assert reply.decision.denied == ("ros.fever",)
    assert "that's right" not in reply.text


def test_a_piece_that_was_told_is_right_whatever_else_has_another_number(cough: Patient) -> None:
    text = "So you've lost five kilos since the summer."
    assert checked(cough, text, "weight").wrong == ()


@pytest.mark.parametrize(
    ("asks", "checks"),
    [
        ("What makes it worse?", "So cold air makes it worse. Have I got that right?"),
        ("What makes it better?", "So warm tea with honey eases it. Is that correct?"),
    ],
)
def test_a_check_of_what_was_told_is_confirmed_and_not_told_again(
    visit: Visit, asks: str, checks: str
) -> None:
    visit.ask(asks)
    reply = visit.ask(checks)
    assert reply.decision.told == ()
    assert [p.kind for p in reply.decision.parts] == ["confirm"]


def test_a_question_beside_a_check_is_answered(visit: Visit) -> None:
    visit.ask("What makes it worse?")
    assert "phlegm" in visit.told("So cold air makes it worse. Do you bring up any phlegm?")
