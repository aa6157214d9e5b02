"""What must never be heard from a patient, whoever speaks: locked lines and the diagnosis."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from simulator.language.tokens import words_of
from simulator.patient.case import Case
from simulator.patient.turn import Decision, State

GRAM = 4
CONTAINED = 0.5
SHORT = 3
RUN = 5
MAX_WORDS = 160
_WORD = re.compile(r"\w+")
GUARDED_TIERS = ("direct", "trust", "never")


def find_leaks(text: str, decision: Decision, case: Case, state: State) -> tuple[str, ...]:
    """What an author's own line would give away here, in words for the trace; empty where nothing.

    Args:
        text: the reply. decision: what may be said in this turn.
        case: the script. state: what was said before.
    """
    allowed = set(decision.told) | set(state.told)
    locked = [f.id for f in case.script.facts if f.tell in GUARDED_TIERS and f.id not in allowed]
    faults = [f"tells {f!r}, which is locked" for f in locked_in(text, case, locked)]
    lines = " ".join(words_of(" ".join([case.script.opening, *_lines(case, allowed)])))
    names = chief_diagnoses(case)
    faults += [f"names the diagnosis {n!r}" for n in named_in(text, names) if n not in lines]
    if len(words_of(text)) > MAX_WORDS:
        faults.append(f"longer than {MAX_WORDS} words")
    return tuple(faults)


def locked_in(text: str, case: Case, hidden: Iterable[str]) -> list[str]:
    """Those of the hidden facts whose lines, or half of one, stand in a text."""
    return [
        f
        for f in hidden
        if any(_contains(text, line) for line in (case.facts[f].says, *case.facts[f].also))
    ]


def runs_of(text: str, size: int = RUN) -> frozenset[tuple[str, ...]]:
    """Every run of some words of a text."""
    tokens = words_of(text)
    return frozenset(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def chief_diagnoses(case: Case) -> list[str]:
    """The diagnosis, and the first of the differential."""
    key = case.script.note_key
    names = [key.diagnosis, *(d.name for d in key.differential[:1])]
    return [n for name in names if (n := " ".join(words_of(name)))]


def diagnoses(case: Case) -> list[str]:
    """All names of the illness and of what else it might be."""
    names = [n for d in case.script.note_key.differential for n in (d.name, *d.also)]
    every = [*chief_diagnoses(case), *(" ".join(words_of(name)) for name in names)]
    return [n for n in dict.fromkeys(every) if n]


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names that stand in a text as whole words; 'OH' counts in capitals alone."""
    spoken, loud = f" {' '.join(words_of(text))} ", frozenset(_WORD.findall(text))
    return [
        name
        for name in names
        if (f" {name} " in spoken if len(name) > SHORT else name.upper() in loud)
    ]


def _lines(case: Case, allowed: set[str]) -> list[str]:
    return [line for f in case.script.facts if f.id in allowed for line in (f.says, *f.also)]


@lru_cache(maxsize=8192)
def _grams(text: str) -> frozenset[tuple[str, ...]]:
    size = min(GRAM, len(words_of(text))) or 1
    return runs_of(text, size)


def _contains(text: str, line: str) -> bool:
    secret = _grams(line)
    return bool(secret) and len(secret & _grams(text)) / len(secret) >= CONTAINED
