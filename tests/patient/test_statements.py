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
