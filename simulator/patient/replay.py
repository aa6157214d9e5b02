"""Put a file of questions to a patient, one answer a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.errors import TranscriptError
from simulator.language.jsontext import read_json
from simulator.language.tokens import words_of
from simulator.patient.patient import KEPT_CHARS, Patient
from simulator.patient.turn import Reply, State

RECOGNISED = 0.72
ASKING = frozenset(
    [
        "d",
        "dr",
        "doctor",
        "physician",
        "clinician",
        "resident",
        "intern",
        "student",
        "learner",
        "trainee",
        "candidate",
        "interviewer",
        "gp",
        "nurse",
        "provider",
        "user",
        "human",
        "me",
        "you",
        "q",
        "r",
        "c",
        "i",
    ]
)
ANSWERING = frozenset(
    [
        "p",
        "pt",
        "patient",
        "sp",
        "vp",
        "assistant",
        "ai",
        "bot",
        "a",
        "system",
        "parent",
        "mother",
        "father",
        "daughter",
        "son",
        "wife",
        "husband",
        "caregiver",
        "carer",
        "relative",
        "family",
        "guardian",
        "partner",
    ]
)


class Question(BaseModel):
    """One line of a file of questions."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str
    text: str
    encounter: str | None = None
    before: tuple[tuple[str, str], ...] = ()


def read_questions(lines: Iterable[str], name: str) -> list[Question]:
    """The questions of a JSONL file.

    Raises:
        TranscriptError: with the file, the line and what would do.
    """
    questions: list[Question] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            questions.append(Question.model_validate(read_json(line)))
        except json.JSONDecodeError as error:
            raise TranscriptError(f"{name}:{number}: is not JSON ({error.msg})") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(p) for p in first["loc"]) or "line"
            raise TranscriptError(
                f"{name}:{number} {where}: {first['msg']}; a line is "
                '{"id": …, "text": …, "encounter"?: …, "before"?: [[speaker, text], …]}'
            ) from None
        except ValueError as error:
            raise TranscriptError(f"{name}:{number}: {error}") from None
    return questions


def replay(
    patient: Patient, questions: Iterable[Question], encounter: Literal["one", "fresh"]
) -> Iterator[dict[str, Any]]:
    """Ask each question in its encounter and yield the answer with what was told and denied.

    Args:
        patient: who answers. questions: in order.
        encounter: whether lines that name no encounter share one, or stand each in a fresh one.
    """
    states: dict[str, State] = {}
    talks: dict[str, list[tuple[str, str]]] = {}
    for question in questions:
        alone = bool(question.before) or (question.encounter is None and encounter == "fresh")
        key = question.encounter or ""
        state = resume(patient, question.before) if alone else states.get(key, State())
        talk = _talk_of(question) if alone else talks.setdefault(key, [])
        reply, after = patient.reply(question.text, state, history=talk)
        if not alone:
            states[key] = after
            talk += [("resident", question.text), ("patient", reply.text)]
        yield answer_line(question.id, reply)


def _talk_of(question: Question) -> list[tuple[str, str]]:
    return [("resident" if is_resident(s) else "patient", text) for s, text in question.before]


def answer_line(question_id: str, reply: Reply) -> dict[str, Any]:
    """A reply as the line that `replay` prints (design §7)."""
    return {
        "id": question_id,
        "reply": reply.text,
        "told": list(reply.decision.told),
        "denied": list(reply.decision.denied),
        "withheld": list(reply.decision.withheld),
        "act": reply.understanding.act,
        "acts": reply.understanding.acts,
        "sure": _sure(reply),
        "rapport": reply.decision.rapport,
        "unknown": reply.decision.unknown,
        "ms": round(reply.ms, 2),
    }


def _sure(reply: Reply) -> dict[str, float]:
    """For each fact that was asked for the chance, 0 to 1, that it was."""
    readings = [r for r in reply.understanding.readings if r.kind == "facts"]
    return {fact: r.score for r in readings for fact in r.facts}


def resume(patient: Patient, before: Iterable[tuple[str, str]]) -> State:
    """What the patient remembers of a conversation that was held elsewhere."""
    state = State()
    for speaker, text in before:
        if is_resident(speaker):
            _, state = replace(patient, free=None).reply(text[:2000], state)
        else:
            told = dict(state.told)
            for fact in recognise(patient, text):
                told[fact] = max(1, told.get(fact, 0))
            state = state.model_copy(update={"told": told, "answered": text[:KEPT_CHARS]})
    return state


def is_resident(speaker: str) -> bool:
    """Whether a transcript's speaker is the one who asks.

    Raises:
        TranscriptError: the label names neither side for certain.
    """
    label = speaker.strip().lower().rstrip(".:")
    if label in ASKING or label.startswith(("dr ", "dr.", "doctor", "resident", "physician")):
        return True
    if label in ANSWERING or label.startswith(("patient", "simulated", "standardi")):
        return False
    raise TranscriptError(
        f"The speaker {speaker!r} is neither side for certain; call the one who asks 'D' and the "
        "patient 'P'"
    )


def recognise(patient: Patient, text: str) -> list[str]:
    """The facts that a patient's line tells, by its words or by its sense."""
    case = patient.case
    spoken = " ".join(words_of(text))
    if not spoken:
        return []
    similar = case.vectors @ patient.understander.reader.encoder.encode([text])[0]
    return [
        fact.id
        for fact in case.script.facts
        if any(" ".join(words_of(line)) in spoken for line in (fact.says, *fact.also))
        or max(similar[list(case.rows[fact.id].says)]) >= RECOGNISED
    ]
