"""The guard before whole cases and any words at all: the authors' lines pass, secrets never do."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.language.tokens import words_of
from simulator.patient.guard.check import Guard
from simulator.patient.turn import Decision, State
from simulator.patient.voice import Speech
from simulator.services import Services
from tests.patient.conftest import Turn, tell


def test_every_line_of_every_released_case_passes_when_it_is_told(services: Services) -> None:
    failed = []
    for script in services.library.released():
        guard = Guard(services.case(script), services.support)
        for fact in script.facts:
            for told, text in enumerate((fact.says, *fact.also)):
                if fact.tell == "never" or not fact.knows:
                    continue
                state = State(told={fact.id: told} if told else {})
                asked = Turn(guard, [tell(fact.id)], state=state)
                assert asked.script == text
                if asked.faults(text) or guard.missing(text, asked.allowed):
                    failed.append((script.id, fact.id, text, asked.faults(text)))
    assert failed == []


def test_another_line_of_the_same_fact_passes_and_counts_as_said(services: Services) -> None:
    faulty, missed, put = [], [], 0
    for script in services.library.released():
        guard = Guard(services.case(script), services.support)
        for fact in script.facts:
            if fact.tell == "never" or not fact.knows:
                continue
            asked = Turn(guard, [tell(fact.id)])
            for text in fact.also:
                put += 1
                faulty += [(script.id, fact.id, f) for f in asked.faults(text)]
                missed += [fact.id] if guard.missing(text, asked.allowed) else []
    assert faulty == []
    assert len(missed) / put <= 0.05


@pytest.fixture(scope="module")
def crowd(services: Services) -> list[Guard]:
    return [Guard(services.case(s), services.support) for s in services.library.released()]


def pick(guard: Guard, number: int) -> Turn:
    free = [f.id for f in guard.case.script.facts if f.tell in ("asked", "open") and f.knows]
    return Turn(guard, [tell(free[number % len(free)])])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=120), number=st.integers(0, 500))
def test_the_guard_never_fails_whatever_a_model_says(
    text: str, number: int, crowd: list[Guard]
) -> None:
    asked = pick(crowd[number % len(crowd)], number)
    spoken = asked.spoken(text)
    assert all(line.text in spoken.text for line in asked.lines) or spoken.voice == "llm"


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_five_telling_words_of_a_hidden_line_are_never_heard(
    data: st.DataObject, crowd: list[Guard], services: Services
) -> None:
    guard = data.draw(st.sampled_from(crowd))
    asked = pick(guard, data.draw(st.integers(0, 200)))
    fact = data.draw(st.sampled_from([guard.case.facts[f] for f in asked.allowed.hidden]))
    words = data.draw(st.sampled_from([fact.says, *fact.also])).split()
    start = data.draw(st.integers(0, max(0, len(words) - 5)))
    piece = " ".join(words[start : start + data.draw(st.integers(5, 9))]).strip(",;.")
    text = data.draw(st.sampled_from(["{}", "Well, {}, doctor.", "{} That's it."])).format(piece)
    tongue, free = services.support.tongue, asked.allowed.stems | asked.allowed.known
    telling = [w for w in tongue.read(piece).content - free if len(w) > 2]
    if telling and len(words_of(piece)) >= 5:
        assert asked.faults(text)


def test_a_guard_and_its_case_agree_on_what_is_hidden(guard: Guard) -> None:
    lines = Speech(guard.case, State()).lines(Decision((tell("onset"),), 0.0))
    hidden = guard.allow(lines, State(told={"tea": 2}), "", "steady").hidden
    assert set(hidden) == guard.case.facts.keys() - {"onset", "tea"}
