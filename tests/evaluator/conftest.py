"""Transcripts of interviews with the patient of the small case, judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from simulator.evaluator.evidence import Exchange, from_traces, from_transcript
from simulator.patient.patient import Patient
from simulator.patient.trace import Trace
from simulator.services import Services
from tests.cough import Visit, cough_script

Heard = Callable[..., tuple[Exchange, ...]]


@pytest.fixture(scope="session")
def cough(services: Services) -> Patient:
    """Erik Holm, who coughs."""
    return services.patient(cough_script())


@pytest.fixture
def held(cough: Patient) -> Heard:
    """The exchanges of an interview held with this program: held("Any fever?", …)."""

    def interview(*questions: str) -> tuple[Exchange, ...]:
        visit = Visit(cough)
        replies = [(q, visit.ask(q)) for q in questions]
        return from_traces((q, r.text, Trace.of(r)) for q, r in replies)

    return interview


@pytest.fixture
def heard(cough: Patient) -> Heard:
    """The exchanges of a transcript from elsewhere: heard(("D", …), ("P", …))."""

    def read(*turns: Sequence[str]) -> tuple[Exchange, ...]:
        return from_transcript(cough, [(t[0], t[1]) for t in turns])

    return read
