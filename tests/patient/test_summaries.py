from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.summaries import asserted_but_absent, contradicted_facts
from tests.cough import Visit


@pytest.mark.parametrize(
    ("clause", "wrong"),
    [
        ("it began three weeks ago", ()),
        ("it began three months ago", ("onset",)),
        ("it began five weeks ago", ("onset",)),
        ("it began 3 weeks ago", ()),
    ],
)
def test_another_number_or_unit_is_a_contradiction(
    clause: str, wrong: tuple[str, ...], case: Case
) -> None:
    assert contradicted_facts(clause, {"onset": 0.9}, case) == wrong


def test_the_opposite_word_is_a_contradiction(case: Case) -> None:
    assert contradicted_facts("cold air makes it better", {"stairs": 0.9}, case) == ("stairs",)
    assert contradicted_facts("cold air makes it worse", {"stairs": 0.9}, case) == ()


def test_a_denial_of_what_the_patient_has_is_a_contradiction(case: Case) -> None:
    assert contradicted_facts("you never had asthma", {"asthma": 0.0}, case) == ("asthma",)


@pytest.mark.parametrize("locked", ["weight", "smoking", "court", "xray"])
def test_a_summary_never_draws_out_what_is_locked_or_not_known(locked: str, case: Case) -> None:
    clause = "you never smoked, have lost two kilos, never went to court, and no X-ray in 1990"
    assert locked not in contradicted_facts(clause, {locked: 1.0}, case)


def test_a_symptom_that_the_script_denies_is_not_accepted(case: Case) -> None:
    assert asserted_but_absent("you have had a fever", case) == ("ros.fever",)
    assert asserted_but_absent("you have had no fever", case) == ()
    assert asserted_but_absent("you have had a cough", case) == ()


@pytest.mark.parametrize(
    "right",
    [
        "To recap, you've had this cough for three weeks. Is that correct?",
        "So you've had this cough for three weeks.",
        "Let me recap: you bring up yellow phlegm and you have had no fever.",
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
        ("Let me recap. Cold air makes it better.", "stairs"),
    ],
)
def test_a_wrong_summary_is_put_right_with_the_patients_line(
    visit: Visit, wrong: str, fact: str
) -> None:
    reply = visit.ask(wrong)
    assert reply.decision.told == (fact,)
    assert visit.patient.case.facts[fact].says in reply.text


def test_a_summary_with_a_symptom_too_many_is_denied(visit: Visit) -> None:
    reply = visit.ask("Let me recap: you have had a fever.")
    assert reply.decision.denied == ("ros.fever",)
    assert "that's right" not in reply.text
