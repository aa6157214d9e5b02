"""The freer voice: it sees only what may be told, and what it adds is never heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm import ScriptedModel
from simulator.patient.patient import Patient
from simulator.services import Services
from tests.cough import Visit, cough_script

ASKED = "When did it start?"


def spoken_by(cough: Patient, *replies: str) -> tuple[Visit, ScriptedModel]:
    model = ScriptedModel(list(replies))
    return Visit(replace(cough, model=model)), model


def plain(cough: Patient) -> str:
    return Visit(cough).ask(ASKED).text


def test_a_model_that_keeps_to_what_may_be_told_is_heard(cough: Patient) -> None:
    said = plain(cough).replace("It", "Well, it", 1)
    visit, _ = spoken_by(cough, said)
    reply = visit.ask(ASKED)
    assert (reply.text, reply.voice, reply.guarded) == (said, "llm", ())


@pytest.mark.parametrize(
    "invented",
    [
        "It began 97 weeks ago.",
        "I have diabetes, doctor.",
        "As an AI language model I cannot say.",
        "",
    ],
)
def test_what_a_model_adds_is_replaced_by_the_authors_line(cough: Patient, invented: str) -> None:
    visit, model = spoken_by(cough, invented, invented)
    reply = visit.ask(ASKED)
    assert reply.text == plain(cough)
    assert reply.voice == "scripted"
    assert reply.guarded
    assert len(model.calls) == 2


def test_a_locked_fact_is_neither_shown_to_the_model_nor_heard_from_it(cough: Patient) -> None:
    locked = [f for f in cough.case.script.facts if f.tell in ("direct", "trust", "never")]
    visit, model = spoken_by(cough, *[f.says for f in locked[:1]] * 2)
    reply = visit.ask(ASKED)
    assert locked
    assert reply.text == plain(cough)
    shown = " ".join(text for call in model.calls for _, text in call)
    assert not [f.id for f in locked if f.says in shown]
    assert cough.case.script.note_key.diagnosis not in shown


def test_a_model_that_does_not_answer_leaves_the_scripted_line(cough: Patient) -> None:
    visit, _ = spoken_by(cough)
    reply = visit.ask(ASKED)
    assert reply.text == plain(cough)
    assert "no reply left" in reply.guarded[0]


def test_without_a_configured_model_the_voice_says_what_to_set(services: Services) -> None:
    with pytest.raises(ModelUnavailable, match="VSP_LLM_MODEL"):
        services.patient(cough_script(), "llm")
