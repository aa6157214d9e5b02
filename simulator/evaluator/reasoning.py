"""The note against the key: history, diagnoses with their support, work-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from simulator.encounter.records import Note, Order
from simulator.evaluator.naming import DIAGNOSES, STEPS, Namer
from simulator.knowledge.encoder import Encoder
from simulator.language.concepts import Concepts
from simulator.language.tokens import sentences
from simulator.patient.case import Case
from simulator.patient.statements import Stance, Statements
from simulator.scripts.schema import Diagnosis, WorkupStep
from simulator.services import Services

MOST_DIAGNOSES = 3
ENOUGH_SUPPORT = 2
NEAREST = 4  # of the lines of a note so many are judged for each fact
MAX_LINES = 120
DATA = re.compile(r"[{}]|^\||</?[a-z]")
PARTS = ("history", "diagnosis", "justification", "workup")


@dataclass(frozen=True, slots=True)
class NoteMark:
    """Something the key asks for: whether the note has it, and in which words."""

    name: str
    found: bool
    quote: str = ""
    must_not_miss: bool = False
    done: bool = False  # in the room, before the note was written
    wrong: bool = False  # the note says the opposite


@dataclass(frozen=True, slots=True)
class ReasoningResult:
    """The note beside the key; `scored` is false where no note was written."""

    scored: bool
    reason: str
    history: tuple[NoteMark, ...] = ()
    differential: tuple[NoteMark, ...] = ()
    justified: tuple[NoteMark, ...] = ()
    workup: tuple[NoteMark, ...] = ()
    beyond_key: tuple[str, ...] = ()

    def shares(self) -> dict[str, float | None]:
        """Each part of the note as a share of what the key asks for, or None where unscored."""
        parts = (self.history, self.differential, self.justified, self.workup)
        return {
            name: (round(sum(m.found for m in marks) / len(marks), 3) if marks else None)
            for name, marks in zip(PARTS, parts, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Judges:
    """What a note is judged with: the nearness of sentences, their sense, and the field's names."""

    encoder: Encoder
    statements: Statements
    concepts: Concepts

    @classmethod
    def of(cls, services: Services) -> Self:
        """Those of an installation."""
        return cls(services.guard_encoder, services.statements, services.concepts)


def judge_note(
    case: Case, note: Note, judges: Judges, orders: Sequence[Order] = ()
) -> ReasoningResult:
    """What of the key the note holds, each with the words of the note.

    Args:
        case, note: what is judged. judges: what it is judged with.
        orders: what was examined and tested in the room; it need not be planned again.
    """
    key = case.script.note_key
    if note.empty:
        return ReasoningResult(False, "no note was written")
    if not key.differential:
        return ReasoningResult(False, "the script has no note key")
    named = [d for d in note.diagnoses if d.name.strip()]
    namer = Namer(judges.concepts, case.field.lexicon, case.field.words)
    matched = {n.name: _nearest(n.name, key.differential, namer) for n in named}
    differential = [
        NoteMark(d.name, bool(line), line, d.must_not_miss)
        for d in _expected(key.differential, set(matched.values()))
        for line in [next((n for n, known in matched.items() if known == d.name), "")]
    ]
    justified = tuple(
        _justified(mark, next(n.support for n in named if n.name == mark.quote), case, judges)
        for mark in differential
        if mark.found
    )
    planned, done = _sentences(note.workup), [o.name for o in orders]
    return ReasoningResult(
        True,
        "",
        _history(case, note.history, judges),
        tuple(differential),
        justified,
        tuple(_step(s, planned, done, namer) for s in key.workup),
        tuple(name for name, known in matched.items() if known is None),
    )


def _expected(differential: Sequence[Diagnosis], named: set[str | None]) -> list[Diagnosis]:
    """Three diagnoses can be named: the leading one, what was named, then those not to miss."""
    ranked = sorted(
        enumerate(differential),
        key=lambda p: (p[0] > 0, p[1].name not in named, not p[1].must_not_miss, p[0]),
    )
    return [d for _, d in ranked[:MOST_DIAGNOSES]]


def _nearest(written: str, differential: Sequence[Diagnosis], namer: Namer) -> str | None:
    """The name of the key's diagnosis that a line means, or None; a line means one at most."""
    scored = [
        (namer.likeness(written, (d.name, *d.also), DIAGNOSES), -place, d.name)
        for place, d in enumerate(differential)
    ]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] > 0 else None


def _lines(text: str) -> list[str]:
    """The lines and sentences of a note, whole: what is listed in one line belongs together.

    Data and rows of tables are no sentences; they say nothing.
    """
    found = [text[a:b].strip(" -*•\t") for a, b in sentences(text)]
    found = [line for line in found if not DATA.search(line)]
    return [line for line in dict.fromkeys(found) if line][:MAX_LINES]


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in re.split(r"[.;\n•]+|,\s", text) if s.strip(" -*\t")]


def _step(step: WorkupStep, written: Sequence[str], done: Sequence[str], namer: Namer) -> NoteMark:
    """A step is found where the note names it, or where it was done in the room."""
    names = (step.name, *step.also)
    for line in (*written, *done):
        if namer.likeness(line, names, STEPS):
            return NoteMark(step.name, True, line, done=line in done)
    return NoteMark(step.name, False)


def _history(case: Case, text: str, judges: Judges) -> tuple[NoteMark, ...]:
    """What of the key's history the note says, and where it says the opposite."""
    facts = case.script.note_key.history
    stances = _stances(facts, _lines(text), case, judges)
    marks = []
    for fact in facts:
        line, stance = stances[fact]
        quote = line if stance != "silent" else ""
        wrong = stance == "contradicts"
        marks.append(NoteMark(case.facts[fact].says, stance == "supports", quote, wrong=wrong))
    return tuple(marks)


def _stances(
    facts: Sequence[str], lines: Sequence[str], case: Case, judges: Judges
) -> dict[str, tuple[str, Stance]]:
    """For each fact the line that speaks of it most surely, of those nearest to it, and how."""
    if not lines:
        return {fact: ("", "silent") for fact in facts}
    vectors = judges.encoder.encode(list(lines))
    found: dict[str, tuple[str, Stance]] = {}
    for fact in facts:
        says = case.facts[fact].says
        near = (vectors @ judges.encoder.encode([says]).T)[:, 0]
        nearest = [lines[int(i)] for i in np.argsort(-near)[:NEAREST]]
        found[fact] = judges.statements.nearest(nearest, says)
    return found


def _justified(mark: NoteMark, support: str, case: Case, judges: Judges) -> NoteMark:
    """A named diagnosis is justified where its support holds two of the key's facts."""
    key = next(d for d in case.script.note_key.differential if d.name == mark.name)
    facts = [f for f in (*key.support, *key.against) if f in case.facts]
    stances = _stances(facts, _lines(support), case, judges)
    hits = sum(stance == "supports" for _, stance in stances.values())
    enough = bool(facts) and hits >= min(ENOUGH_SUPPORT, len(facts))
    return NoteMark(mark.name, enough, support[:300] if enough else "")
