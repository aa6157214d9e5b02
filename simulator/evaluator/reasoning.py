"""The note against the key: history, diagnoses with their support, work-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from simulator.encounter.records import Note
from simulator.knowledge.encoder import Encoder, Vectors
from simulator.language.tokens import words_of
from simulator.patient.case import Case
from simulator.scripts.schema import Diagnosis

MOST_DIAGNOSES = 3
TYPO_FROM = 7
REFUSALS = frozenset({"no", "not", "without", "avoid", "unlikely", "excluded", "never", "don't"})
GENERIC = frozenset(
    [
        "acute",
        "chronic",
        "of",
        "the",
        "a",
        "an",
        "with",
        "to",
        "due",
        "and",
        "in",
        "for",
        "on",
        "by",
        "probable",
        "possible",
        "suspected",
        "likely",
        "exacerbation",
        "episode",
        "urgent",
    ]
)
HISTORY_NEAR = 0.45
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
    matched = {n.name: _nearest(n.name, key.differential) for n in named}
    differential = [
        NoteMark(d.name, bool(line), line, d.must_not_miss)
        for d in _expected(key.differential, set(matched.values()))
        for line in [next((n for n, known in matched.items() if known == d.name), "")]
    ]
    justified = tuple(
        _justified(mark, next(n.support for n in named if n.name == mark.quote), case, encoder)
        for mark in differential
        if mark.found
    )
    workup_text = _sentences(note.workup)
    return ReasoningResult(
        True,
        "",
        _history(case, note.history, encoder),
        tuple(differential),
        justified,
        tuple(_step(s.name, (s.name, *s.also), workup_text) for s in key.workup),
        tuple(name for name, known in matched.items() if known is None),
    )


def _expected(differential: Sequence[Diagnosis], named: set[str | None]) -> list[Diagnosis]:
    """Three diagnoses can be named: the leading one, what was named, then those not to miss."""
    ranked = sorted(
        enumerate(differential),
        key=lambda p: (p[0] > 0, p[1].name not in named, not p[1].must_not_miss, p[0]),
    )
    return [d for _, d in ranked[:MOST_DIAGNOSES]]


def _nearest(written: str, differential: Sequence[Diagnosis]) -> str | None:
    """The name of the key's diagnosis that a line means, or None; a line means one at most."""
    scored = [
        (max(_likeness(written, known) for known in (d.name, *d.also)), -place, d.name)
        for place, d in enumerate(differential)
    ]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] > 0 else None


def _same(written: str, known: str) -> bool:
    return _likeness(written, known) > 0


def _likeness(written: str, known: str) -> float:
    """How well a written line names a known term: 0 where it does not, or denies it."""
    ours, theirs = words_of(written), words_of(known)
    if not ours or not theirs or any(word in REFUSALS for word in ours):
        return 0.0
    core, mine = set(theirs) - GENERIC or set(theirs), set(ours) - GENERIC or set(ours)
    if all(any(_alike(word, w) for w in ours) for word in core):
        return 1 + len(core) / max(len(mine), len(core))
    return 0.0


def _alike(first: str, second: str) -> bool:
    """The same word, allowing one slip in a long one; never 'hyper' for 'hypo'."""
    if first == second:
        return True
    long = min(len(first), len(second)) >= TYPO_FROM
    return long and first[:4] == second[:4] and OSA.distance(first, second) <= 1


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in re.split(r"[.;\n•]+|,\s", text) if s.strip(" -*\t")]


def _negative(text: str, case: Case) -> bool:
    return any(word in case.field.words.negations for word in words_of(text))


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
    scores = {
        fact_id: _history_scores(fact_id, case, sentences, vectors, named, encoder)
        for fact_id in case.script.note_key.history
    }
    marks: list[NoteMark] = []
    for fact_id, row in scores.items():
        best = max(range(len(sentences)), key=lambda i: row[i], default=None)
        # one stretch of the note tells one fact: 'high cholesterol' is no stopped tablet
        found = best is not None and row[best] >= HISTORY_NEAR
        found = found and row[best or 0] >= max(other[best or 0] for other in scores.values())
        quote = sentences[best] if found and best is not None else ""
        marks.append(NoteMark(case.facts[fact_id].says, found, quote))
    return tuple(marks)


def _history_scores(
    fact_id: str,
    case: Case,
    sentences: Sequence[str],
    vectors: Vectors,
    named: Sequence[frozenset[str]],
    encoder: Encoder,
) -> list[float]:
    """How near each stretch of the note comes to a fact; 0 where only one of them denies."""
    near = vectors @ encoder.encode(_lines(fact_id, case)).T
    says_no = _negative(case.facts[fact_id].says, case)
    return [
        float(row.max()) + (TERM_WORTH if case.topic_of[fact_id] in topics else 0.0)
        if _negative(sentence, case) == says_no
        else 0.0
        for row, topics, sentence in zip(near, named, sentences, strict=True)
    ]


def _lines(fact_id: str, case: Case) -> tuple[str, ...]:
    return (case.facts[fact_id].says, *case.facts[fact_id].also)


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
        near = (vectors @ encoder.encode(_lines(fact_id, case)).T).max()
        hits += float(near) >= SUPPORT_NEAR
    enough = hits >= min(ENOUGH_SUPPORT, len(facts))
    return NoteMark(mark.name, enough, support[:300] if enough else "")
