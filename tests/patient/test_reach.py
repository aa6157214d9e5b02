from __future__ import annotations

from typing import Any

import pytest

from simulator.patient.reach import Reach, describe_lost, describe_rivals, probe
from simulator.services import Services
from tests.cough import COUGH, cough_script

LOST: dict[str, Any] = {"id": "lost", "topic": "ros.fever", "says": "Grey on Tuesdays, mostly."}


def reach_of(services: Services, **changes: Any) -> tuple[Reach, list[str], list[str]]:
    case = services.case(cough_script(**changes))
    reach = probe(case, services.understander)
    lost = [f"{path}: {problem}" for path, problem in describe_lost(reach, case)]
    return reach, lost, [f"{path}: {problem}" for path, problem in describe_rivals(reach, case)]


def test_every_fact_of_a_sound_script_is_reached(services: Services) -> None:
    reach, lost, _ = reach_of(services)
    assert reach.unreached == ()
    assert lost == []


def test_two_facts_that_answer_the_same_question_are_told_with_the_question(
    services: Services,
) -> None:
    twin = {"id": "honey", "topic": "hpi.relieving", "says": "Honey.", "asks": ["Any fever?"]}
    fever = {"id": "hot", "topic": "ros.fever", "says": "I've run a fever of 39."}
    facts = [*COUGH["facts"], fever, twin]
    reach, _, rivals = reach_of(services, facts=facts, denies=[])
    assert [r.fact for r in reach.rivals] in (["honey"], [])
    if not reach.rivals:
        pytest.fail("'Any fever?' was given to a fact on honey without a remark")
    assert "'Any fever?' is answered by 'hot', not by 'honey'" in rivals[0]
    assert f"{len(facts) - 1}" in rivals[0]
