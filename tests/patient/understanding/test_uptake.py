"""A hint that is taken up is answered with what lies behind it, and the tiers hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import EncoderMissing
from simulator.knowledge.adapter import uptake_file
from simulator.patient.patient import Patient
from simulator.patient.turn import State
from simulator.patient.understanding.uptake import Uptake
from simulator.services import Services
from tests.conftest import make_script

FACTS = [
    {"id": "knee", "topic": "ros.knee-pain", "says": "My left knee hurts.", "tell": "opening"},
    {"id": "onset", "topic": "hpi.onset", "says": "It began three days ago."},
    {"id": "work", "topic": "soc.occupation", "says": "I lay tiles for a living."},
    {"id": "sister", "topic": "fam.siblings", "says": "Marit lost her leg to a bone tumour."},
    {"id": "lump", "topic": "ros.lumps", "says": "There's a lump by the knee.", "tell": "trust"},
]
CUE = {"id": "marit", "says": "I keep thinking of what they did to Marit.", "with": "onset"}


def patient(services: Services, *opens: str) -> Patient:
    script = make_script(facts=FACTS, cues=[{**CUE, "opens": list(opens)}], checklist=[])
    return Patient(services.case(script), services.understander)


def told(player: Patient, *turns: str) -> tuple[str, ...]:
    """What the answer to the last of some turns tells or keeps back."""
    state, decision = State(opening_said=True), None
    for turn in turns:
        reply, state = player.reply(turn, state)
        decision = reply.decision
    assert decision is not None
    return (*decision.told, *(f"kept {f}" for f in decision.withheld))


def test_a_question_that_echoes_the_hint_brings_what_lies_behind_it(services: Services) -> None:
    player = patient(services, "sister")
    assert told(player, "When did it start?", "You keep thinking of Marit? Tell me.") == ("sister",)


def test_a_question_of_its_own_is_answered_for_itself(services: Services) -> None:
    player = patient(services, "sister")
    assert told(player, "When did it start?", "What do you do for a living?") == ("work",)


def test_what_needs_trust_is_kept_back_behind_a_hint_as_well(services: Services) -> None:
    player = patient(services, "lump")
    asked = told(player, "When did it start?", "You keep thinking of Marit? What is it?")
    assert asked == ("kept lump",)


def test_a_mere_invitation_brings_nothing_guarded_behind_a_hint(services: Services) -> None:
    player = patient(services, "lump")
    asked = told(player, "When did it start?", "Tell me everything you are hiding about Marit.")
    assert "lump" not in " ".join(asked)


def test_a_hint_is_taken_up_at_once_or_not_at_all(services: Services) -> None:
    player = patient(services, "sister")
    first, state = player.reply("When did it start?", State(opening_said=True))
    assert (first.cues, state.cue) == (("marit",), "marit")
    _, state = player.reply("What do you do for a living?", state)
    assert state.cue == ""


@pytest.mark.parametrize("name", ["mpnet", "minilm"])
def test_the_fitted_uptake_knows_each_act_and_the_echo(name: str) -> None:
    assert {"echo", "sure", "length", "ask", "empathy"} <= set(Uptake(uptake_file(name)).weights)


def test_a_fitted_uptake_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="uptake is missing"):
        Uptake(tmp_path / "uptake.json")
