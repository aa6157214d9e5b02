"""What facts do in one another's place, and denials that a fact's own examples belie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.patient.overlap import denied_beside, shared_work, unpromised
from simulator.patient.patient import Patient
from simulator.patient.reach import facts_heard
from simulator.patient.turn import State
from simulator.services import Services
from tests.conftest import make_script

KNEE = {"id": "knee", "topic": "ros.knee-pain", "says": "My left knee hurts.", "tell": "opening"}
SINCE = {"id": "since", "topic": "hpi.onset", "says": "It began three days ago."}
FIRST = {"id": "first", "topic": "hpi.onset", "says": "I felt it first on Friday.",
         "asks": ["When did it start?"]}  # fmt: skip


@pytest.fixture(scope="session")
def plays(services: Services) -> Callable[..., Patient]:
    def play(**changes: Any) -> Patient:
        script = make_script(**{"checklist": [], "denies": [], **changes})
        return services.patient(script)

    return play


def shared(patient: Patient) -> list[str]:
    alone = unpromised(patient.case)

    def heard(question: str) -> tuple[str, ...]:
        return facts_heard(patient.understander.understand(question, alone, State()), alone)

    return [said for _, said in shared_work(patient.case, heard)]


def test_two_facts_on_a_topic_that_one_item_rests_on_alone_are_told(
    plays: Callable[..., Patient],
) -> None:
    items = [{"id": "when", "text": "Asks when", "facts": ["since", "first"]}]
    found = shared(plays(facts=[KNEE, SINCE, FIRST], checklist=items))
    assert any("'when' rests on 'since' and 'first' alone, both on 'hpi.onset'" in s for s in found)
    assert not shared(plays(facts=[KNEE, SINCE], checklist=[{**items[0], "facts": ["since"]}]))


def test_two_facts_on_a_topic_that_one_example_asks_for_are_told(
    plays: Callable[..., Patient],
) -> None:
    found = shared(plays(facts=[KNEE, SINCE, FIRST]))
    assert any(s.startswith("'When did it start?' asks for 'since'") for s in found)


def denied(patient: Patient) -> list[str]:
    return [said for _, said in denied_beside(patient.case, lambda q: patient.reply(q, State())[0])]


def test_a_fact_moved_off_the_topic_that_its_examples_ask_for_is_told_where_that_is_denied(
    plays: Callable[..., Patient],
) -> None:
    moved = {"id": "beds", "topic": "soc.hobbies", "says": "A course of ten, before my wedding.",
             "asks": ["Have you ever used a sunbed?"]}  # fmt: skip
    found = denied(plays(facts=[KNEE, moved]))
    assert len(found) == 1
    assert "the patient says no ('soc.sunbeds' is denied), yet 'beds' says" in found[0]
    assert denied(plays(facts=[KNEE, {**moved, "topic": "soc.sunbeds"}])) == []
