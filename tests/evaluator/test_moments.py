"""The moments worth trying again: what is chosen, where it lies, and what comes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.encounter.records import Note, Turn
from simulator.evaluator.evidence import from_traces
from simulator.evaluator.moments import Moment, choose_moments
from simulator.evaluator.report import compose
from simulator.patient.trace import Trace
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from tests.traces import make_trace

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
Make = Callable[..., PatientScript]
CUE = {"id": "job", "says": "They'll not keep my job.", "looks_for": "asks about the job"}


def reading(kind: str, **more: Any) -> dict[str, Any]:
    return {"clause": "x", "kind": kind, "question": True, "confidence": 0.9, **more}


def near(topic: str, score: float) -> dict[str, Any]:
    """A question that was heard as something else, and came near to a topic."""
    rival = {"topic": topic, "fact": None, "score": score}
    return reading("unknown", topic="hpi.course", candidates=[rival])


class Talk:
    """A talk as the store has it, and what is chosen of it."""

    def __init__(self, services: Services, script: PatientScript) -> None:
        self.services, self.script, self.turns = services, script, list[Turn]()

    def say(self, said: str, reply: str = "Well.", **trace: Any) -> None:
        found: Trace = make_trace(**trace)
        self.turns.append(Turn(len(self.turns) + 1, said, said, reply, found, {}, NOW))

    def moments(self) -> tuple[Moment, ...]:
        exchanges = from_traces((t.said, t.reply, t.trace) for t in self.turns)
        lines = [x for t in self.turns for x in (("resident", t.said), ("patient", t.reply))]
        case = self.services.case(self.script)
        report = compose(case, self.services, exchanges, lines, Note(), NOW)
        return choose_moments(self.script, self.turns, report)


@pytest.fixture
def talk(services: Services, make_script: Make) -> Talk:
    return Talk(services, make_script(cues=[CUE]))


def test_a_hint_of_feeling_that_was_passed_over_is_tried_again_where_it_was(talk: Talk) -> None:
    talk.say("Do you work?", "I do. They'll not keep my job.", cues=["job"])
    talk.say("Any ulcers?", readings=[reading("deny", topic="pmh.ulcer")])
    talk.say("Goodbye.")
    cue = next(m for m in talk.moments() if m.kind == "cue")
    assert (cue.turn, cue.heard, cue.said) == (2, "They'll not keep my job.", "Any ulcers?")
    assert cue.about == "asks about the job"


def test_a_hint_that_was_answered_is_no_moment(talk: Talk) -> None:
    talk.say("Do you work?", cues=["job"])
    talk.say("That must be hard.", readings=[reading("talk", talk="empathy")])
    assert "cue" not in {m.kind for m in talk.moments()}


def test_what_was_kept_back_for_want_of_trust_is_a_moment_unless_it_came_later(talk: Talk) -> None:
    talk.say("Do you drink?", "Now and then.", withheld=["drink"])
    talk.say("Well.")
    kept = next(m for m in talk.moments() if m.kind == "trust")
    assert (kept.turn, kept.about) == (1, "alcohol")
    talk.say("And honestly?", told=["drink"])
    assert "trust" not in {m.kind for m in talk.moments()}


def test_a_critical_thing_is_tried_again_where_one_came_nearest_to_it(talk: Talk) -> None:
    talk.say("Hello.")
    talk.say("Do you feel hot inside?", readings=[near("ros.fever", 0.4)])
    talk.say("Well then.", readings=[near("ros.fever", 0.05)])
    (found,) = talk.moments()
    assert (found.kind, found.turn, found.about) == ("near", 2, "Asks about fever")
    assert found.said == "Do you feel hot inside?"


def test_what_was_told_unasked_and_left_there_is_tried_again_after_it(talk: Talk) -> None:
    talk.say("Tell me more.", "It began three days ago.", told=["onset"])
    talk.say("Any fever?", readings=[reading("deny", topic="ros.fever")])
    found = next(m for m in talk.moments() if m.kind == "unasked")
    assert (found.turn, found.heard) == (2, "It began three days ago.")


def test_a_critical_thing_that_nothing_came_near_to_is_tried_at_the_end(talk: Talk) -> None:
    talk.say("Hello.")
    talk.say("Goodbye.")
    (found,) = talk.moments()
    assert (found.kind, found.turn) == ("passed_by", 2)


def test_there_are_three_at_most_each_of_a_turn_of_its_own_in_the_order_of_the_talk(
    services: Services, make_script: Make
) -> None:
    cues = [{**CUE, "id": f"c{n}", "says": f"Sigh {n}."} for n in range(6)]
    talk = Talk(services, make_script(cues=cues))
    for n in range(6):
        talk.say(f"Question {n}?", cues=[f"c{n}"])
    turns = [m.turn for m in talk.moments()]
    assert len(turns) == 3 and turns == sorted(set(turns))
    assert "passed_by" in {m.kind for m in talk.moments()}, "what is critical comes before them"


def test_where_nothing_was_said_there_is_no_moment(talk: Talk) -> None:
    assert talk.moments() == ()
