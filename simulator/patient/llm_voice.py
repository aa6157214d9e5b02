"""The freer voice: a language model says what was decided, and sees nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from simulator.errors import ModelUnavailable
from simulator.llm import Message, Model, Role
from simulator.patient.case import Case
from simulator.patient.guard import find_faults, find_inventions
from simulator.patient.turn import Decision, State

PROMPT = Path(__file__).parent / "prompts" / "patient.md"
HISTORY_TURNS = 12
TRIES = 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came of asking the model: the words, or none where the scripted line must do."""

    text: str | None
    faults: tuple[str, ...]
    model: str
    prompt_hash: str


def speak(
    model: Model,
    case: Case,
    decision: Decision,
    scripted: str,
    said: str,
    state: State,
    history: Sequence[tuple[str, str]] = (),
) -> Spoken:
    """Have a model say the scripted reply in the patient's own way, checked before it is heard.

    The model's context holds the persona, the talk so far and the lines of this turn; a locked
    fact, the diagnosis, the checklist and the note key are never in it.

    Args:
        model: the language model. case, decision, state: of this turn.
        scripted: what the scripted voice says; it is all that may be told.
        said: the resident's words. history: the talk so far, (speaker, text).
    """
    system = compose_prompt(case, scripted)
    messages: list[Message] = [("system", system), *_talk(history), ("user", said)]
    digest = hashlib.sha256(system.encode()).hexdigest()[:16]
    faults: tuple[str, ...] = ()
    for _ in range(TRIES):
        try:
            text = model.say(messages).text
        except ModelUnavailable as error:
            return Spoken(None, (*faults, str(error)), model.name, digest)
        found = (
            *find_faults(text, decision, case, state),
            *find_inventions(text, scripted, said, case),
        )
        if not found:
            return Spoken(text, faults, model.name, digest)
        faults = (*faults, *found)
    return Spoken(None, faults, model.name, digest)


def compose_prompt(case: Case, scripted: str) -> str:
    """The system prompt of a turn: who the patient is, and the lines that may be said."""
    door, persona = case.script.doorway, case.script.patient
    template = PROMPT.read_text(encoding="utf-8").split("---", 2)[2].strip()
    return Template(template).substitute(
        name=door.name,
        age=door.age,
        sex=door.sex,
        occupation=f"Work: {persona.occupation}." if persona.occupation else "",
        concern=door.concern,
        baseline=persona.affect.baseline,
        personality=persona.personality,
        style="- Your English is simple and not fluent." if persona.speech == "C" else "",
        lines=f"- {scripted}",
    )


def _talk(history: Sequence[tuple[str, str]]) -> list[Message]:
    roles: dict[str, Role] = {"resident": "user", "patient": "assistant"}
    return [(roles[speaker], text) for speaker, text in history[-HISTORY_TURNS:]]
