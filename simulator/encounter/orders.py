"""Find the examination or test that a resident names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from simulator.scripts.schema import PatientScript

ENOUGH = 86
_SMALL = frozenset(
    {"the", "a", "an", "of", "to", "and", "for", "test", "check", "do", "please", "i"}
)


@dataclass(frozen=True, slots=True)
class Orderable:
    """An examination or test of the script, by all its names."""

    kind: Literal["examination", "test"]
    name: str
    names: tuple[str, ...]
    result: str


def orderables(script: PatientScript) -> list[Orderable]:
    """All examinations and tests that the script has a finding for."""
    exams = [
        Orderable("examination", m.manoeuvre, (m.manoeuvre, *m.also), m.finding)
        for m in script.examination
    ]
    tests = [Orderable("test", t.name, (t.name, *t.also), t.result) for t in script.tests]
    return [*exams, *tests]


def find_orderable(wanted: str, options: Sequence[Orderable]) -> Orderable | None:
    """The option that a resident's words name best, or None where none is near enough."""
    best, best_score = None, 0.0
    for option in options:
        score = max(_likeness(wanted, name) for name in option.names)
        if score > best_score:
            best, best_score = option, score
    return best if best_score >= ENOUGH else None


def _likeness(wanted: str, name: str) -> float:
    ours, theirs = _fold(wanted), _fold(name)
    if not ours or not theirs:
        return 0.0
    if ours == theirs:
        return 100.0
    words = set(theirs.split()) - _SMALL
    if words and words <= set(ours.split()):
        return 96.0
    mine = set(ours.split()) - _SMALL
    if mine and mine <= set(theirs.split()) and len(mine) >= min(2, len(words)):
        return 93.0
    return float(fuzz.token_sort_ratio(ours, theirs))


def _fold(text: str) -> str:
    words = " ".join(re.findall(r"[a-z0-9]+", text.lower()))
    return re.sub(r"\bxray", "x ray", words)
