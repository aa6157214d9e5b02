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
from simulator.language.tokens import listed, sentences, words_of
from simulator.language.words import Words
from simulator.patient.case import Case
from simulator.patient.statements import AGAINST, Stance, Statements
from simulator.scripts.schema import Diagnosis, WorkupStep
from simulator.services import Services

MOST_DIAGNOSES = 3
ENOUGH_SUPPORT = 2
NEAREST = 4  # of the lines of a note, and what they list, so many are judged for each fact
# From here one thing of several in a line contradicts a fact; what bench notes tune --joined shows.
LISTED, NO_GOES_ON = 0.7, 3
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
class _Said:
    """What a note says: as it is judged, in which of its words, and from when it contradicts."""

    text: str
    quote: str
    against: float


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
    """The lines and sentences of a note; data and rows of tables are none, and say nothing."""
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
    found = stances(facts, text, case, judges)
    marks = []
    for fact in facts:
        line, stance = found[fact]
        quote = line if stance != "silent" else ""
        wrong = stance == "contradicts"
        marks.append(NoteMark(case.facts[fact].says, stance == "supports", quote, wrong=wrong))
    return tuple(marks)


def stances(
    facts: Sequence[str], text: str, case: Case, judges: Judges
) -> dict[str, tuple[str, Stance]]:
    """For each fact the words that speak of it most surely, of those nearest to it, and how.

    Args:
        facts: ids. text: of a note. case, judges: as in `judge_note`.
    """
    said = _said(text, case.field.words)
    if not said:
        return {fact: ("", "silent") for fact in facts}
    vectors = judges.encoder.encode([s.text for s in said])
    found: dict[str, tuple[str, Stance]] = {}
    for fact in facts:
        lines = (case.facts[fact].says, *case.facts[fact].also)
        near = (vectors @ judges.encoder.encode([lines[0]]).T)[:, 0]
        nearest = [said[int(i)] for i in np.argsort(-near)[:NEAREST]]
        best, stance = judges.statements.nearest({s.text: s.against for s in nearest}, lines)
        found[fact] = next(s.quote for s in nearest if s.text == best), stance
    return found


def _said(text: str, words: Words) -> list[_Said]:
    """Each line of a note, and each thing that a line lists.

    "Painless blood, whole stream, clots on Saturday" says three things, and as a whole it is like
    none of the patient's lines.
    """
    found: dict[str, _Said] = {}
    for line in _lines(text):
        places = listed(line)
        against = AGAINST if len(places) == 1 else LISTED
        found.setdefault(line, _Said(line, line, against))
        parts = [line[start:end] for start, end in places] if len(places) > 1 else []
        for part, whole in zip(_carried(parts, words), parts, strict=True):
            found.setdefault(part, _Said(part, whole if part == whole else line, against))
    return list(found.values())


def _carried(parts: Sequence[str], words: Words) -> list[str]:
    """The things that a line lists, a no carried over the few words after it.

    A promise: what a note denies is never credited. Catches "no fever, weight loss"; lets "no
    fever, cough for three weeks" pass, which says more than a name.
    """
    found, no = list[str](), ""
    for part in parts:
        own = next((w for w in words_of(part) if w in words.negations), "")
        no = own or (no if len(part.split()) <= NO_GOES_ON else "")
        found.append(part if own or not no else f"{no} {part}")
    return found


def _justified(mark: NoteMark, support: str, case: Case, judges: Judges) -> NoteMark:
    """A named diagnosis is justified where its support holds two of the key's facts."""
    key = next(d for d in case.script.note_key.differential if d.name == mark.name)
    facts = [f for f in (*key.support, *key.against) if f in case.facts]
    found = stances(facts, support, case, judges)
    hits = sum(stance == "supports" for _, stance in found.values())
    enough = bool(facts) and hits >= min(ENOUGH_SUPPORT, len(facts))
    return NoteMark(mark.name, enough, support[:300] if enough else "")
