from __future__ import annotations

from typing import Any

import pytest

from simulator.patient.rehearsal import rehearse
from simulator.services import Services
from tests.cough import cough_script


def problems(services: Services, *tests: dict[str, Any]) -> list[tuple[int, str]]:
    return rehearse(services.patient(cough_script(tests_of_the_script=tests)))


RIGHT = [
    {"ask": "When did it start?", "expect": {"facts": ["onset"]}},
    {"ask": "Any fever?", "expect": "denied"},
    {"ask": "Any fever?", "expect": {"denied": ["ros.fever"]}},
    {"ask": "What did the X-ray show?", "expect": "unknown"},
    {"ask": "Do you smoke?", "expect": {"withheld": ["smoking"]}},
]


def test_a_script_that_answers_as_it_expects_has_no_failures(services: Services) -> None:
    assert problems(services, *RIGHT) == []


@pytest.mark.parametrize(
    ("ask", "expect", "wanted"),
    [
        ("When did it start?", {"facts": ["asthma"]}, "facts ['asthma']"),
        ("When did it start?", "denied", "a denial"),
        ("When did it start?", "unknown", "not known"),
        ("When did it start and do you have asthma?", {"facts": ["onset"]}, "facts ['onset']"),
        ("Any fever?", {"denied": ["ros.chills"]}, "denied ['ros.chills']"),
        ("Any fever?", {"withheld": ["smoking"]}, "withheld ['smoking']"),
        ("Do you have asthma?", {}, "nothing told"),
        ("When did it start?", {"facts": ["no-such-fact"]}, "facts ['no-such-fact']"),
    ],
)
def test_a_failure_names_what_was_expected_and_what_came(
    services: Services, ask: str, expect: Any, wanted: str
) -> None:
    [(place, problem)] = problems(services, {"ask": ask, "expect": expect})
    assert place == 0
    assert problem.startswith(f"expected {wanted}; {ask!r} brought told ")


def test_each_test_stands_in_a_fresh_encounter(services: Services) -> None:
    kind = [{"ask": f"{s}, I'm sorry.", "expect": {}} for s in ("That is hard", "How awful")] * 3
    assert problems(services, *kind, RIGHT[4]) == []


def test_a_failure_stands_at_its_place(services: Services) -> None:
    failed = problems(services, RIGHT[0], {"ask": "Any fever?", "expect": "unknown"}, RIGHT[1])
    assert [place for place, _ in failed] == [1]
