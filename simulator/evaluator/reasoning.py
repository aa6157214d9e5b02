"""The note against the key: history, diagnoses with their support, work-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from simulator.encounter.records import Note
from simulator.knowledge.encoder import Encoder
from simulator.patient.case import Case
from simulator.patient.clauses import words_of
from simulator.scripts.schema import Diagnosis

NAMED = 90.0
HISTORY_NEAR = 0.5
WINDOW = 6
MAX_WINDOWS = 400
TERM_WORTH = 0.2
SUPPORT_NEAR = 0.42
ENOUGH_SUPPORT = 2
PARTS = ("history", "diagnosis", "justification", "workup")


@dataclass(frozen=True, slots=True)
class NoteMark:
    """Something the key asks for: whether the note has it, and in which words."""

    name: str
    found: bool
    quote: str = ""
    must_not_miss: bool = False


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


def judge_note(case: Case, note: Note, encoder: Encoder) -> ReasoningResult:
    """What of the key the note holds, each with the words of the note."""
    key = case.script.note_key
    if note.empty:
        return ReasoningResult(False, "no note was written")
    if not key.differential:
        return ReasoningResult(False, "the script has no note key")
    named = [d for d in note.diagnoses if d.name.strip()]
    differential = [_diagnosis(d, [n.name for n in named]) for d in _expected(key.differential)]
    justified = tuple(
        _justified(mark, next(n.support for n in named if n.name == mark.quote), case, encoder)
        for mark in differential
        if mark.found
    )
    known = {mark.quote for mark in differential}
    workup_text = _sentences(note.workup)
    return ReasoningResult(
        True,
        "",
        _history(case, note.history, encoder),
        tuple(differential),
        justified,
        tuple(_step(s.name, (s.name, *s.also), workup_text) for s in key.workup),
        tuple(n.name for n in named if n.name not in known),
    )


def _expected(differential: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Up to three diagnoses can be named: the first, those not to miss, then the others."""
    ranked = sorted(enumerate(differential), key=lambda p: (p[0] > 0, not p[1].must_not_miss, p[0]))
    return [d for _, d in ranked[:3]]


def _diagnosis(expected: Diagnosis, named: Sequence[str]) -> NoteMark:
    for name in named:
        if any(_same(name, known) for known in (expected.name, *expected.also)):
            return NoteMark(expected.name, True, name, expected.must_not_miss)
    return NoteMark(expected.name, False, "", expected.must_not_miss)


def _same(written: str, known: str) -> bool:
    ours, theirs = _fold(written), _fold(known)
    if not ours or not theirs:
        return False
    if min(len(ours), len(theirs)) <= 4:
        return theirs in ours.split() or ours == theirs
    return fuzz.ratio(ours, theirs) >= NAMED or f" {theirs} " in f" {ours} "


def _fold(text: str) -> str:
    return " ".join(words_of(text))


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in re.split(r"[.;\n•]+|,\s", text) if s.strip(" -*\t")]


def _windows(text: str) -> list[str]:
    """Sentences, and overlapping stretches of a few words of the longer ones."""
    spans: list[str] = []
    for sentence in _sentences(text):
        spans.append(sentence)
        tokens = sentence.split()
        spans += [
            " ".join(tokens[i : i + WINDOW])
            for i in range(0, max(0, len(tokens) - WINDOW // 2), WINDOW // 2)
            if len(tokens) > WINDOW
        ]
    return list(dict.fromkeys(spans))[:MAX_WINDOWS]


def _step(name: str, names: Sequence[str], written: Sequence[str]) -> NoteMark:
    for sentence in written:
        if any(_same(sentence, known) for known in names):
            return NoteMark(name, True, sentence)
    return NoteMark(name, False)


def _history(case: Case, text: str, encoder: Encoder) -> tuple[NoteMark, ...]:
    sentences = _windows(text)
    if not case.script.note_key.history:
        return ()
    vectors = encoder.encode(sentences)
    named = [case.field.lexicon.topics_in(s) for s in sentences]
    marks: list[NoteMark] = []
    for fact_id in case.script.note_key.history:
        near = vectors @ case.vectors[list(case.rows[fact_id].says)].T
        scores = [
            float(row.max()) + (TERM_WORTH if case.topic_of[fact_id] in topics else 0.0)
            for row, topics in zip(near, named, strict=True)
        ]
        best = max(range(len(sentences)), key=lambda i: scores[i], default=None)
        found = best is not None and scores[best] >= HISTORY_NEAR
        quote = sentences[best] if found and best is not None else ""
        marks.append(NoteMark(case.facts[fact_id].says, found, quote))
    return tuple(marks)


def _justified(mark: NoteMark, support: str, case: Case, encoder: Encoder) -> NoteMark:
    """A named diagnosis is justified where its support holds two of the key's facts."""
    key = next(d for d in case.script.note_key.differential if d.name == mark.name)
    facts = [f for f in (*key.support, *key.against) if f in case.facts]
    sentences = _sentences(support)
    if not facts or not sentences:
        return NoteMark(mark.name, False)
    vectors = encoder.encode(sentences)
    hits = 0
    for fact_id in facts:
        near = (vectors @ case.vectors[list(case.rows[fact_id].says)].T).max()
        hits += float(near) >= SUPPORT_NEAR
    enough = hits >= min(ENOUGH_SUPPORT, len(facts))
    return NoteMark(mark.name, enough, support[:300] if enough else "")
