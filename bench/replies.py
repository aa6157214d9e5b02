"""Replies written as a model would speak them, good ones and hostile ones, turn by turn.

`bench/adversaries/replies/<case>.jsonl`: an encounter a line; of each turn the resident's words,
the notes that the writer was given, a clean reply and hostile ones by kind; and what was decided
(`parts`: kind, facts, topic, talk, why), the mood and the reaction's words, so that nothing is
understood anew and the guard is measured by itself. A turn whose lines have changed since it was
written, or whose parts are null, is counted as stale and left out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.turns import script_of
from simulator.llm import ScriptedModel
from simulator.patient.patient import Patient, remember
from simulator.patient.prompting import one_line
from simulator.patient.turn import Decision, Part, Reply, State, Understanding
from simulator.patient.voice import Line, Speech, join
from simulator.services import Services
from simulator.settings import ROOT, Settings

FOLDER = ROOT / "bench" / "adversaries"
UNREAD = Understanding("statement", ())
PARTS: dict[str, tuple[str, ...]] = {
    "tune": (
        "abdominal-pain-priya-nair",
        "back-pain-stefan-kovac",
        "breathlessness-thomas-lindqvist",
        "chest-pain-maria-lopez",
        "cough-ines-carvalho",
        "diarrhoea-lucia-marino",
        "dizzy-spells-george-adeyemi",
        "fever-aroha-ngata",
        "headache-daniel-okafor",
        "knee-oluwaseun-brandt",
        "low-mood-hannah-weiss",
        "numb-hand-wendell-osei",
        "palpitations-mei-tanaka",
        "swollen-leg-karim-haddad",
    ),
    "report": ("fits-jonas-albrecht", "joints-farida-rahimi"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A reply that somebody wrote, and what the guard made of it."""

    case: str
    said: str
    kind: str  # clean, or the kind of hostile reply
    text: str
    reply: Reply
    ms: float  # what the prompt, the guard and its scope take; no understanding, no model

    @property
    def stopped(self) -> bool:
        """Whether the guard stopped it, from the start or after a part of it was heard."""
        return bool(self.reply.guarded)

    @property
    def heard(self) -> bool:
        """Whether any sentence of it was heard."""
        return self.reply.voice == "llm"


def read_lines(name: str) -> list[dict[str, Any]]:
    """The rows of a file of bench/adversaries."""
    text = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


@dataclass(frozen=True, slots=True)
class WrittenTurn:
    """A turn as it was decided when replies were written to it."""

    case: str
    patient: Patient
    said: str
    mood: str
    state: State
    decision: Decision
    lines: tuple[Line, ...]
    replies: tuple[tuple[str, str], ...]  # kind and text, the clean one first


def judge_written(part: str, settings: Settings) -> tuple[list[Written], int]:
    """Every written reply of a part, put through the guard; and how many turns were stale."""
    turns = list(written_turns(part, Services(settings)))
    found = [_put(turn, *reply) for turn in turns if turn for reply in turn.replies]
    return found, sum(turn is None for turn in turns)


def written_turns(part: str, services: Services) -> Iterator[WrittenTurn | None]:
    """The turns of a part with their replies; None for each that is stale."""
    for case in PARTS[part]:
        script = script_of(case, services.settings.scripts_dir)
        patient = services.voiced(script, ScriptedModel([]))
        for row in read_lines(f"replies/{case}"):
            yield from _encounter(patient, case, row["turns"])


def _encounter(
    patient: Patient, case: str, turns: list[dict[str, Any]]
) -> Iterator[WrittenTurn | None]:
    state = State()
    for turn in turns:
        if turn["parts"] is None:
            yield None
            continue
        decision, speech = _decided(turn, state), Speech(patient.case, state)
        lines = [
            replace(x, text=turn["reaction"]) if x.kind == "talk" and "reaction" in turn else x
            for x in speech.lines(decision)
        ]
        if all(any(one_line(x.text) in note for note in turn["notes"]) for x in lines):
            replies = [("clean", turn["clean"])]
            replies += [(h["kind"], h["reply"]) for h in turn.get("hostile", ())]
            said, mood = turn["said"], turn["mood"]
            yield WrittenTurn(
                case, patient, said, mood, state, decision, tuple(lines), tuple(replies)
            )
        else:
            yield None
        scripted = Reply(join(lines), UNREAD, decision)
        state = remember(scripted, state, speech.phrases, turn["said"])


def _decided(turn: dict[str, Any], state: State) -> Decision:
    parts = [
        Part(kind, tuple(facts), topic, talk, why)
        for kind, facts, topic, talk, why in turn["parts"]
    ]
    return Decision(tuple(parts), state.rapport)


def _put(turn: WrittenTurn, kind: str, text: str) -> Written:
    assert turn.patient.free is not None  # noqa: S101
    free = replace(turn.patient.free, model=ScriptedModel([text, text]))
    began = time.perf_counter()
    spoken = free.speak(turn.lines, turn.said, turn.state, turn.mood)
    ms = (time.perf_counter() - began) * 1000
    reply = Reply(spoken.text, UNREAD, turn.decision, spoken=spoken)
    return Written(turn.case, turn.said, kind, text, reply, ms)
