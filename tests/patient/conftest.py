"""The patient of the small case, an encounter with him, and a turn to which replies are put."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from simulator.llm import ScriptedModel
from simulator.patient.case import Case
from simulator.patient.guard.check import Guard
from simulator.patient.guard.reading import Tongue, sentences_of
from simulator.patient.llm_voice import FreeVoice, Spoken
from simulator.patient.patient import Patient
from simulator.patient.turn import Decision, Part, State
from simulator.patient.voice import Line, Speech
from simulator.services import Services
from tests.cough import Visit, cough_script


def tell(*facts: str) -> Part:
    return Part("tell", facts)


def deny(topic: str) -> Part:
    return Part("deny", topic=topic)


class Turn:
    """One turn of a case as it was decided, to which a language model's replies are put."""

    def __init__(
        self,
        guard: Guard,
        parts: Sequence[Part],
        said: str = "",
        state: State | None = None,
        mood: str = "steady",
    ) -> None:
        self.guard, self.said, self.mood = guard, said, mood
        self.state = state or State()
        decision = Decision(tuple(parts), 0.0)
        self.lines: tuple[Line, ...] = Speech(guard.case, self.state).lines(decision)
        self.allowed = guard.allow(self.lines, self.state, said, mood)

    @property
    def script(self) -> str:
        """The reply in the author's words."""
        return " ".join(line.text for line in self.lines)

    def spoken(self, *replies: str | Exception) -> Spoken:
        """What is heard of a model that answers so; a single answer is given again if asked for."""
        model = ScriptedModel(list(replies) * (2 if len(replies) == 1 else 1))
        return FreeVoice(model, self.guard).speak(self.lines, self.said, self.state, self.mood)

    def faults(self, text: str) -> list[str]:
        """The first fault of each sentence of a reply, each after those before it."""
        said = sentences_of(text)
        found = (self.guard.fault(s, said[:i], self.allowed) for i, s in enumerate(said))
        return [str(fault) for fault in found if fault]

    def codes(self, text: str) -> set[str]:
        """The kinds of these faults."""
        return {fault.split(":")[0] for fault in self.faults(text)}


MakeTurn = Callable[..., Turn]


@pytest.fixture(scope="session")
def cough(services: Services) -> Patient:
    """Erik Holm, who coughs."""
    return services.patient(cough_script())


@pytest.fixture(scope="session")
def case(cough: Patient) -> Case:
    """His case."""
    return cough.case


@pytest.fixture
def visit(cough: Patient) -> Visit:
    """A fresh encounter with him."""
    return Visit(cough)


@pytest.fixture(scope="session")
def tongue(services: Services) -> Tongue:
    """What reads the replies."""
    return services.support.tongue


@pytest.fixture(scope="session")
def guard(services: Services, case: Case) -> Guard:
    """The guard of his case."""
    return Guard(case, services.support)


@pytest.fixture(scope="session")
def turn(guard: Guard) -> MakeTurn:
    """A turn of his case: `turn(tell("onset"), said="When did it start?")`."""

    def make(
        *parts: Part, said: str = "", state: State | None = None, mood: str = "steady"
    ) -> Turn:
        return Turn(guard, parts, said, state, mood)

    return make


@pytest.fixture
def spoken_by(cough: Patient, guard: Guard) -> Callable[..., tuple[Visit, ScriptedModel]]:
    """An encounter with him in which a model says these replies, in order."""

    def make(*replies: str | Exception) -> tuple[Visit, ScriptedModel]:
        model = ScriptedModel(list(replies))
        return Visit(replace(cough, free=FreeVoice(model, guard))), model

    return make
