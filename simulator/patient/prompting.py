"""What a language model is given: rules → persona → transcript → this turn's lines, and no more.

Everything before this turn's notes stays as it was in the turn before, so that a server which
caches prefixes reads it only once. A locked fact, the diagnosis, the checklist and the note key
have no way in: nothing here takes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template

from pydantic import BaseModel, ConfigDict

from simulator.knowledge.topics import read_model
from simulator.language.tokens import words_of
from simulator.llm import Message, Role
from simulator.llm.prompts import fill, read_prompt
from simulator.patient.case import Case
from simulator.patient.disclose import trust_threshold
from simulator.patient.turn import Decision, State, Understanding
from simulator.patient.voice import Line

FOLDER = Path(__file__).parent / "prompts"
HISTORY_MOST, HISTORY_STEP = 120, 40
ECHO = 4
HURT, STUNG, TOUCHED, WORN = -1.5, -1.0, 1.5, 2
ROLES: dict[str, Role] = {"resident": "user", "patient": "assistant"}
_NO = re.compile(r"\b(?:no|not|never|none|nothing|nobody|without)\b|n['’]t\b", re.I)
_NOTES = re.compile(r"\[\[|\]\]")


class PersonaWords(BaseModel):
    """How the axes of a persona read in the prompt; prompts/persona.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    personality: dict[str, str]
    speech: dict[str, str]
    recall: dict[str, str]
    literacy: dict[str, str]
    occupation: str
    informant: str
    gestures: str
    gestures_rule: str
    mood: dict[str, str]
    directions: dict[str, str]
    faults: dict[str, str]


@cache
def persona_words() -> PersonaWords:
    """The words of prompts/persona.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(FOLDER / "persona.yaml", PersonaWords)


@cache
def load_prompt(name: str) -> tuple[Template, str]:
    """A prompt of this folder and its version.

    Raises:
        KnowledgeError: the file is missing, or has no front matter with a version.
    """
    return read_prompt(FOLDER / f"{name}.md")


def fill_prompt(name: str, values: Mapping[str, str]) -> str:
    """A prompt with its variables filled in.

    Raises:
        KnowledgeError: the prompt wants another set of variables.
    """
    return fill(load_prompt(name)[0], values, f"prompts/{name}.md")


def prompt_versions() -> str:
    """Which prompts speak, for the trace: 'patient 2, turn 1, again 1, persona 1'."""
    names = [f"{name} {load_prompt(name)[1]}" for name in ("patient", "turn", "again")]
    return ", ".join([*names, f"persona {persona_words().version}"])


def system_prompt(case: Case) -> str:
    """Rules and persona: the same in every turn of a case."""
    words, door, persona = persona_words(), case.script.doorway, case.script.patient
    who, informant = case.script.speaker, case.script.informant
    axes = [
        words.personality[persona.personality],
        words.speech[persona.speech],
        words.recall[persona.recall],
        words.literacy[persona.health_literacy],
    ]
    shown = "; ".join(f"({one_line(g)})" for g in persona.gestures)
    if shown:
        axes.append(Template(words.gestures).substitute(gestures=shown))
    work = Template(words.occupation).substitute(occupation=one_line(persona.occupation))
    return fill_prompt(
        "patient",
        {
            "name": one_line(who.name),
            "age": str(who.age),
            "sex": one_line(who.sex),
            "occupation": work if persona.occupation else "",
            "informant": ""
            if informant is None
            else Template(words.informant).substitute(
                relation=one_line(informant.relation),
                patient=one_line(door.name),
                age=str(door.age),
                sex=one_line(door.sex),
            ),
            "concern": one_line(door.concern),
            "baseline": one_line(persona.affect.baseline),
            "persona": "\n".join(f"- {axis}" for axis in axes),
            "gestures_rule": words.gestures_rule if shown else "",
        },
    )


def mood_of(understanding: Understanding, decision: Decision, case: Case, state: State) -> str:
    """How the patient feels now, from how they were treated: a key of persona.yaml's moods."""
    rapport, threshold = decision.rapport, trust_threshold(case.script)
    if rapport <= HURT:
        return "hurt"
    if understanding.warmth <= STUNG:
        return "stung"
    if any(state.told.get(fact, 0) >= WORN for fact in decision.told):
        return "worn"
    if understanding.warmth >= TOUCHED:
        return "touched"
    if rapport >= threshold:
        return "trusting"
    if rapport >= threshold / 2:
        return "easing"
    return "wary" if case.script.patient.personality in ("reserved", "distrustful") else "steady"


def turn_notes(said: str, lines: Sequence[Line], mood: str, state: State) -> str:
    """The last message: the resident's words, and what only the patient knows about them."""
    words = persona_words()
    directions = [
        Template(words.directions[_direction(line, state)]).substitute(line=one_line(line.text))
        for line in lines
    ]
    return fill_prompt(
        "turn",
        {
            "said": heard(said),
            "mood": words.mood[mood],
            "lines": "\n".join(f"- {d}" for d in directions),
        },
    )


def compose(
    case: Case,
    history: Sequence[tuple[str, str]],
    said: str,
    lines: Sequence[Line],
    mood: str,
    state: State,
) -> list[Message]:
    """The whole prompt of a turn.

    Args:
        case, state: of this turn. history: the talk so far, (resident or patient, text).
        said: the resident's words. lines: what is to be said. mood: see `mood_of`.
    """
    return [
        ("system", system_prompt(case)),
        *_talk(history),
        ("user", turn_notes(said, lines, mood, state)),
    ]


def ask_again(messages: Sequence[Message], codes: Iterable[str]) -> list[Message]:
    """The same prompt with a word on what was wrong with the first answer, by kind of fault.

    The kind is named and never the detail: that may be a word of what is locked.
    """
    *before, (role, last) = messages
    named = dict.fromkeys(persona_words().faults[code] for code in codes)
    note = fill_prompt("again", {"fault": ", and ".join(list(named)[:3])})
    return [*before, (role, f"{last}\n\n{note}")]


def prompt_hash(messages: Sequence[Message]) -> str:
    """A short digest of everything that the model was given."""
    return hashlib.sha256(json.dumps(list(messages)).encode()).hexdigest()[:16]


def heard(said: str) -> str:
    """The resident's words, unable to pass for the patient's notes."""
    return _unmarked(said).strip() or "…"


def one_line(text: str) -> str:
    """An author's text on one line, unable to close or open the patient's notes."""
    return " ".join(_unmarked(text).split())


def _unmarked(text: str) -> str:
    while _NOTES.search(text):
        text = _NOTES.sub("", text)
    return text


def _direction(line: Line, state: State) -> str:
    if line.kind == "deny" and not _NO.search(line.text):
        return "tell"  # 'I can concentrate well enough' is the answer, but it is no 'no'
    repeated = line.kind == "tell" and all(f in state.told for f in line.facts)
    return "again" if repeated and line.facts else line.kind


def _talk(history: Sequence[tuple[str, str]]) -> list[Message]:
    """The transcript as messages; where it is very long its beginning goes in large steps."""
    over = max(0, len(history) - HISTORY_MOST)
    kept = history[-(-over // HISTORY_STEP) * HISTORY_STEP :]
    told: list[Message] = []
    for speaker, text in kept:
        role, words = ROLES[speaker], heard(text)
        if not told and role == "assistant":
            told.append(("user", "…"))
        if told and told[-1][0] == role:
            told[-1] = (role, f"{told[-1][1]}\n{words}")
        else:
            told.append((role, words))
    if told and told[-1][0] == "user":
        told.append(("assistant", "…"))
    return told


@cache
def rules_of() -> frozenset[tuple[str, ...]]:
    """Every run of four words of the rules, by which a reply that repeats them is known."""
    words = words_of(load_prompt("patient")[0].template)
    words += ["|"] + words_of(load_prompt("turn")[0].template)
    return frozenset(tuple(words[i : i + ECHO]) for i in range(len(words) - ECHO + 1))


def mood_words(mood: str) -> str:
    """What the prompt says of a mood; its words may be heard in the reply."""
    return persona_words().mood[mood]
