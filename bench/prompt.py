"""How many tokens the prompts of an encounter take, and how many of them a server has cached.

Three ways, over the same questions and answers of each released case: ours; ours with the notes
before the transcript; and the whole case in the prompt, as simulators usually do it. A turn's
cached tokens are those that its prompt shares with the turn before from the start on, which is what
prefix caches of model servers save. Tokens are those of the encoder's tokenizer, which comes with
the program; other models' differ by some percent, the shares hardly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tokenizers import Tokenizer

from bench.turn import QUESTIONS
from simulator.knowledge.weights import package_folder
from simulator.llm import Message
from simulator.patient.patient import Patient
from simulator.patient.prompting import compose, mood_of
from simulator.patient.turn import State
from simulator.patient.voice import Speech
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.settings import Settings

GOAL_CACHED = 0.8
TURNS = 30
WHOLE_CASE = (
    "You are a virtual standardized patient. Stay in character. Here is your case. Answer only "
    "what is asked; do not reveal the diagnosis; tell a fact according to its tier.\n\n"
)
Ways = dict[str, list[list[Message]]]


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Count the prompts of an encounter of 30 turns with each released case."""
    tokens = _counter()
    services = Services(settings)
    sums: dict[str, dict[str, int]] = {}
    scripts = services.library.released()
    for script in scripts:
        for way, prompts in prompts_of(services.patient(script), script).items():
            got = sums.setdefault(way, {"tokens": 0, "cached": 0, "turns": 0, "longest": 0})
            before: list[int] = []
            for messages in prompts:
                now = [t for role, text in messages for t in tokens(f"{role}\n{text}\n")]
                got["tokens"] += len(now)
                got["cached"] += _shared(before, now)
                got["turns"] += 1
                got["longest"] = max(got["longest"], len(now))
                before = now
    figures = {way: _figures(got, len(scripts)) for way, got in sums.items()}
    for way, row in figures.items():
        print(f"{way:24}", "  ".join(f"{name} {value}" for name, value in row.items()))
    return {
        "n": len(scripts) * TURNS,
        **figures,
        "tokenizer": "all-MiniLM-L6-v2 (WordPiece)",
        "goal": {"cached_share": GOAL_CACHED},
    }


def _figures(got: dict[str, int], encounters: int) -> dict[str, Any]:
    return {
        "tokens_a_turn": round(got["tokens"] / got["turns"]),
        "longest_turn": got["longest"],
        "tokens_an_encounter": round(got["tokens"] / encounters),
        "read_anew_an_encounter": round((got["tokens"] - got["cached"]) / encounters),
        "cached_share": round(got["cached"] / got["tokens"], 3),
    }


def _counter() -> Callable[[str], list[int]]:
    tokenizer = Tokenizer.from_file(str(package_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)


def _shared(before: Sequence[int], now: Sequence[int]) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(before, now, strict=False)) if a != b),
        min(len(before), len(now)),
    )


def _whole(script: PatientScript) -> dict[str, Any]:
    """What a patient's prompt needs of a case when all of it goes in; the leanest fair choice."""
    data = script.model_dump(mode="json", by_alias=True)
    kept = {name: data[name] for name in ("doorway", "patient", "opening", "closing", "denies")}
    return {
        **kept,
        "facts": [{k: f[k] for k in ("id", "says", "tell")} for f in data["facts"]],
        "cues": [c["says"] for c in data["cues"]],
        "challenges": [c["says"] for c in data["challenges"]],
        "diagnosis": data["note_key"]["diagnosis"],
    }


def prompts_of(patient: Patient, script: PatientScript) -> Ways:
    """The prompts of one encounter, turn by turn, in each way; the patient speaks the lines."""
    case, state, history = patient.case, State(), list[tuple[str, str]]()
    asks = [f.asks[0] for f in script.facts if f.asks]
    questions = [*QUESTIONS, *asks][:TURNS]
    whole = WHOLE_CASE + json.dumps(_whole(script))
    ways: Ways = {"ours": [], "notes before transcript": [], "whole case in prompt": []}
    for said in questions:
        reply, after = patient.reply(said, state, history=history)
        mood = mood_of(reply.understanding, reply.decision, case, state)
        lines = Speech(case, state).lines(reply.decision)
        messages = compose(case, history, said, lines, mood, state)
        notes = messages[-1][1].removeprefix(said).strip()
        ways["ours"].append(messages)
        ways["notes before transcript"].append(
            [("system", f"{messages[0][1]}\n{notes}"), *messages[1:-1], ("user", said)]
        )
        ways["whole case in prompt"].append([("system", whole), *messages[1:-1], ("user", said)])
        history += [("resident", said), ("patient", reply.text)]
        state = after
    return ways
