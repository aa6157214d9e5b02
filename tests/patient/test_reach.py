from __future__ import annotations

from typing import Any

from simulator.patient.reach import Reach, describe_lost, describe_rivals, probe
from simulator.services import Services
from tests.cough import COUGH, cough_script


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
    asks = ["Any fever?"]
    fever = {"id": "hot", "topic": "ros.fever", "says": "I've run a fever of 39.", "asks": asks}
    twin = {"id": "honey", "topic": "hpi.relieving", "says": "Honey in warm milk.", "asks": asks}
    facts = [*COUGH["facts"], fever, twin]
    _, _, rivals = reach_of(services, facts=facts, denies=[])
    place = len(facts) - 1
    assert rivals == [
        f"('facts', {place}, 'asks', 0): 'Any fever?' is answered by 'hot', not by 'honey'; "
        "tell the two apart in words or topic, or join them"
    ]


def test_a_lost_fact_and_the_item_that_rests_on_it_are_told_with_their_places(
    services: Services,
) -> None:
    lost = {"id": "lost", "topic": "ros.fever", "says": "I've been hot.", "asks": []}
    hot = {"id": "hot", "topic": "ros.fever", "says": "No fever at all. I checked twice."}
    case = services.case(cough_script(facts=[*COUGH["facts"], lost, hot], denies=[]))
    place = len(COUGH["facts"])
    reach = Reach(unreached=("lost",), rivals=())
    item = {"id": "asks-lost", "text": "Asks what is lost", "facts": ["lost"]}
    checked = services.case(
        cough_script(facts=[*COUGH["facts"], lost, hot], denies=[], checklist=[item])
    )
    assert [path for path, _ in describe_lost(reach, case)][:1] == [("facts", place)]
    assert [path for path, _ in describe_lost(reach, checked)] == [
        ("facts", place),
        ("checklist", 0, "facts"),
    ]


def test_an_example_question_of_the_author_reaches_its_own_fact(services: Services) -> None:
    wife = {"id": "wife", "topic": "soc.support", "says": "Anna's a nurse.", "asks": ["Married?"]}
    home = {"id": "home", "topic": "soc.living", "says": "I live with my wife, in a flat."}
    reach, lost, rivals = reach_of(services, facts=[*COUGH["facts"], wife, home])
    assert (reach.unreached, lost, rivals) == ((), [], [])
