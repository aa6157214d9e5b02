"""Check a reply before it leaves: nothing locked, not the diagnosis, short enough."""

from __future__ import annotations

from simulator.patient.case import Case
from simulator.patient.clauses import words_of
from simulator.patient.turn import Decision, State

GRAM = 4
CONTAINED = 0.5
MAX_WORDS = 160
GUARDED_TIERS = ("direct", "trust", "never")


def find_faults(text: str, decision: Decision, case: Case, state: State) -> tuple[str, ...]:
    """What is wrong with a reply, in words for the trace; empty where it may be said.

    Args:
        text: the reply. decision: what may be said in this turn.
        case: the script. state: what was said before.
    """
    allowed = set(decision.told) | set(state.told)
    faults = [
        f"tells {fact.id!r}, which is locked"
        for fact in case.script.facts
        if fact.tell in GUARDED_TIERS and fact.id not in allowed and _contains(text, fact.says)
    ]
    spoken = " ".join(words_of(text))
    lines = " ".join(words_of(" ".join([case.script.opening, *_lines(case, allowed)])))
    for name in _diagnoses(case):
        if name and name in spoken and name not in lines:
            faults.append(f"names the diagnosis {name!r}")
    if len(words_of(text)) > MAX_WORDS:
        faults.append(f"longer than {MAX_WORDS} words")
    return tuple(faults)


def _lines(case: Case, allowed: set[str]) -> list[str]:
    return [line for f in case.script.facts if f.id in allowed for line in (f.says, *f.also)]


def _diagnoses(case: Case) -> list[str]:
    key = case.script.note_key
    return [" ".join(words_of(name)) for name in (key.diagnosis, *(d.name for d in key.differential[:1]))]


def _grams(text: str) -> set[tuple[str, ...]]:
    tokens = words_of(text)
    size = min(GRAM, len(tokens)) or 1
    return {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}


def _contains(text: str, line: str) -> bool:
    secret = _grams(line)
    return bool(secret) and len(secret & _grams(text)) / len(secret) >= CONTAINED
