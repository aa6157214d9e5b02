"""A simulated resident of known skill, who interviews a patient by a policy and not by wit.

What such a resident earns is known before: more skill, more marks. Whoever scores otherwise errs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from simulator.encounter.records import Note
from simulator.evaluator.evidence import from_traces
from simulator.evaluator.report import Report, compose
from simulator.evaluator.transcript import Transcript
from simulator.knowledge.topics import read_model
from simulator.patient.patient import Patient
from simulator.patient.trace import Trace
from simulator.patient.turn import State
from simulator.scripts.schema import PatientScript
from simulator.services import Services

SKILLS = (0.1, 0.3, 0.5, 0.7, 0.9)
Behaviour = Literal["introduction", "open_start", "empathy", "summary", "closing"]
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # the reports of simulated residents have no real time


class Sayings(BaseModel):
    """What a simulated resident says where the case has no line of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    introduction: str
    open_start: str
    empathy: str
    summary: str
    closing: str


def load_sayings(folder: Path) -> Sayings:
    """The sayings of `folder`/audit/resident.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "audit" / "resident.yaml", Sayings)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a resident means to do: the items to ask for, in order, and the manners to show."""

    items: tuple[str, ...]
    behaviours: frozenset[Behaviour]


@dataclass(frozen=True, slots=True)
class Interview:
    """An interview that was held: what was planned, the turns with their traces, and the end."""

    plan: Plan
    turns: tuple[tuple[str, str, Trace], ...]
    state: State  # what the patient remembers at the end

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The transcript, (speaker, text) in order."""
        pairs = ((("resident", said), ("patient", reply)) for said, reply, _ in self.turns)
        return [line for both in pairs for line in both]


def plan(script: PatientScript, skill: float, seed: int = 0) -> Plan:
    """What a resident of this skill does with a case.

    The share `skill` of the items that a question can earn, and of the manners; what a less
    skilled resident does, a more skilled one does too.

    Args:
        script: the case. skill: between 0 and 1. seed: of the order.
    """
    questions = script.debrief.model_questions
    items = [i.id for i in script.checklist if i.id in questions and not (i.acts or i.cue)]
    order = random.Random(f"{seed} {script.id}")  # noqa: S311 - no secret depends on it
    items, manners = order.sample(items, len(items)), order.sample(BEHAVIOURS, len(BEHAVIOURS))
    return Plan(
        tuple(items[: math.ceil(skill * len(items))]),
        frozenset(manners[: round(skill * len(manners))]),
    )


def interview(patient: Patient, planned: Plan, sayings: Sayings) -> Interview:
    """The interview that a resident with this plan holds; the patient speaks as scripted."""
    script, state = patient.case.script, State()
    turns: list[tuple[str, str, Trace]] = []
    lines = _lines(script, planned, sayings)
    said = next(lines, None)
    while said is not None:
        reply, state = patient.reply(said, state)
        turns.append((said, reply.text, Trace.of(reply)))
        if reply.cues and "empathy" in planned.behaviours:
            answer = _answer(script, reply.cues[0], sayings)
            reply, state = patient.reply(answer, state)
            turns.append((answer, reply.text, Trace.of(reply)))
        said = next(lines, None)
    return Interview(planned, tuple(turns), state)


def _lines(script: PatientScript, planned: Plan, sayings: Sayings) -> Iterator[str]:
    questions, manners = script.debrief.model_questions, planned.behaviours
    own = {act: questions[i.id] for i in script.checklist if i.id in questions for act in i.acts}
    if "introduction" in manners:
        yield own.get("introduction", sayings.introduction)
    if "open_start" in manners:
        yield sayings.open_start
    yield from (questions[item] for item in planned.items)
    if "summary" in manners:
        yield own.get("summary", sayings.summary)
    if "closing" in manners:
        yield sayings.closing


def _answer(script: PatientScript, cue: str, sayings: Sayings) -> str:
    questions = script.debrief.model_questions
    own = (questions[i.id] for i in script.checklist if i.cue == cue and i.id in questions)
    return next(own, sayings.empathy)


def report_of(held: Interview, services: Services, patient: Patient) -> Report:
    """The report on a simulated resident's interview, which has no note."""
    exchanges = from_traces(held.turns)
    return compose(patient.case, services, exchanges, held.lines, Note(), EPOCH)


def hold_transcript(script: PatientScript, services: Services, skill: float = 0.7) -> Transcript:
    """The transcript of a simulated resident's interview, as one from elsewhere would be."""
    sayings = load_sayings(services.settings.knowledge_dir)
    held = interview(services.patient(script), plan(script, skill), sayings)
    return Transcript(turns=tuple(held.lines), name=f"simulated {script.id}")
