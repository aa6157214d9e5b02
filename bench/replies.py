"""Replies written as a model would speak them, good ones and hostile ones, turn by turn.

`bench/adversaries/replies/<case>.jsonl`: an encounter a line; of each turn the resident's words,
the notes that the writer was given, a clean reply and hostile ones by kind. A turn whose lines have
changed since it was written is counted as stale and left out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.turns import script_of
from simulator.llm import ScriptedModel
from simulator.patient.patient import Patient
from simulator.patient.prompting import one_line
from simulator.patient.turn import Reply, State
from simulator.patient.voice import Speech
from simulator.services import Services
from simulator.settings import ROOT, Settings

FOLDER = ROOT / "bench" / "adversaries"
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
    ms: float
    plain_ms: float  # the same turn in the scripted voice

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


def judge_written(part: str, settings: Settings) -> tuple[list[Written], int]:
    """Every written reply of a part, put through the guard; and how many turns were stale."""
    services = Services(settings)
    found: list[Written] = []
    stale = 0
    for case in PARTS[part]:
        script = script_of(case, settings.scripts_dir)
        patient = services.voiced(script, ScriptedModel([]))
        for row in read_lines(f"replies/{case}"):
            for item in _encounter(patient, case, row["turns"]):
                if item is None:
                    stale += 1
                else:
                    found.append(item)
    return found, stale


def _encounter(
    patient: Patient, case: str, turns: list[dict[str, Any]]
) -> Iterator[Written | None]:
    state, plain = State(), replace(patient, free=None)
    for turn in turns:
        began = time.perf_counter()
        scripted, after = plain.reply(turn["said"], state)
        plain_ms = (time.perf_counter() - began) * 1000
        lines = Speech(patient.case, state).lines(scripted.decision)
        if all(any(one_line(x.text) in note for note in turn["notes"]) for x in lines):
            written = [("clean", turn["clean"])]
            written += [(h["kind"], h["reply"]) for h in turn.get("hostile", ())]
            for kind, text in written:
                yield _put(patient, case, turn["said"], state, kind, text, plain_ms)
        else:
            yield None
        state = after


def _put(
    patient: Patient, case: str, said: str, state: State, kind: str, text: str, plain_ms: float
) -> Written:
    free = patient.free
    assert free is not None  # noqa: S101
    speaking = replace(patient, free=replace(free, model=ScriptedModel([text, text])))
    began = time.perf_counter()
    reply, _ = speaking.reply(said, state)
    return Written(case, said, kind, text, reply, (time.perf_counter() - began) * 1000, plain_ms)
