from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.ranking import is_elliptic, is_family, without_subject


@pytest.mark.parametrize(
    ("text", "elliptic"),
    [
        ("And how bad is it?", True),
        ("Does it go anywhere?", True),
        ("And since when?", True),
        ("Any fever?", False),
        ("Do you have any brothers or sisters?", False),
    ],
)
def test_a_clause_that_leaves_its_subject_out_is_known(
    text: str, elliptic: bool, case: Case
) -> None:
    assert is_elliptic(text, case) is elliptic


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Did your father have asthma?", True),
        ("Does cancer run in the family?", True),
        ("Do you live with your parents?", False),
        ("Do you have asthma?", False),
    ],
)
def test_a_question_on_relatives_health_is_told_from_the_household(
    text: str, family: bool, case: Case
) -> None:
    assert is_family(text, case) is family


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("When did the cough start?", "When did it start?"),
        ("When did these episodes start?", "When did it start?"),
        ("When did the fever start?", "When did the fever start?"),
    ],
)
def test_the_chief_concern_may_be_read_as_it(text: str, bare: str, case: Case) -> None:
    assert without_subject(text, case) == bare
