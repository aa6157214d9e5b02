"""Statements against the patient's lines: support, contradiction, silence."""

from __future__ import annotations

import pytest

from simulator.patient.statements import Judgement, Statements
from simulator.services import Services


@pytest.fixture(scope="module")
def statements(services: Services) -> Statements:
    return services.statements


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("Smokes 10/day", "I smoke, about ten a day."),
        ("Father had a stroke", "My dad had a stroke."),
        ("So the cough began three weeks ago.", "It began three weeks ago."),
        ("No regular meds", "I'm not on any tablets."),
    ],
)
def test_what_says_the_same_supports(statements: Statements, statement: str, line: str) -> None:
    assert statements.judge(statement, line).stance == "supports"


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("Cough for three days", "It began three weeks ago, the cough."),
        ("Pain in the left knee", "It's my right knee that hurts."),
        ("Onset two years ago", "It started two hours ago."),
    ],
)
def test_another_number_or_side_never_supports(
    statements: Statements, statement: str, line: str
) -> None:
    assert statements.judge(statement, line).stance != "supports"


def test_what_speaks_of_something_else_is_silent(statements: Statements) -> None:
    assert statements.judge("Works as a joiner", "I'm allergic to penicillin.").stance == "silent"


def test_what_is_not_sure_is_silent_and_the_likelier_of_two_holds() -> None:
    assert Judgement(0.4, 0.3).stance == "silent"
    assert Judgement(0.7, 0.8).stance == "contradicts"


def test_the_same_statement_is_judged_alike(statements: Statements) -> None:
    first = statements.judge("Smokes", "I smoke.")
    assert statements.judge("Smokes", "I smoke.") is first


def test_a_fact_in_several_wordings_is_judged_by_their_mean(statements: Statements) -> None:
    lines = ("I smoke, about ten a day.", "Ten cigarettes a day, more or less.")
    each = [statements.judge("Smokes 10/day", line) for line in lines]
    weighed = statements.weigh("Smokes 10/day", lines)
    assert weighed.supports == pytest.approx(sum(j.supports for j in each) / 2)
    assert weighed.stance == "supports"


def test_of_things_written_one_contradicts_only_from_its_own_bar(statements: Statements) -> None:
    line = ("It's my right knee that hurts.",)
    sure = statements.judge("Pain in the left knee", line[0]).contradicts
    for bar, stance in ((sure, "contradicts"), (sure + 0.01, "silent")):
        assert statements.nearest({"Pain in the left knee": bar}, line)[1] == stance
