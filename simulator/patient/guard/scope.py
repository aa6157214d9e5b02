"""What may be said in one turn, as sets that a reply's words are held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from simulator.knowledge.encoder import Encoder, Vectors
from simulator.language.tokens import sentences, words_of
from simulator.patient.case import Case, Field
from simulator.patient.guard.claims import Claims, Clause, sentences_of, tokens_of
from simulator.patient.guard.leaks import RUN, runs_of
from simulator.patient.guard.words import GuardWords
from simulator.patient.prompting import mood_words
from simulator.patient.turn import State
from simulator.patient.voice import Line

TEXTS_KEPT, PHRASES = 8_000, 2
SILENT = ("withheld", "unknown", "unclear")
Run = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """One text, read for what it claims."""

    text: str
    stems: frozenset[str]
    wide: frozenset[str]  # and what means the same
    clauses: tuple[Clause, ...]
    sentences: tuple[str, ...]
    numbers: frozenset[str]
    singles: frozenset[str]
    counted: frozenset[tuple[str, str]]
    sides: frozenset[str]
    topics: frozenset[str]
    runs: frozenset[Run]


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that this turn's reply may draw on."""

    lines: tuple[Line, ...]
    kinds: frozenset[str]
    words: int  # how long the lines are
    forms: tuple[str, ...]  # the lines, and all wordings of the facts that are told
    spoken: str  # the lines, and what was told before
    runs: frozenset[Run]  # of five words, of the same
    now: frozenset[str]  # stems of this turn's lines and of what means the same
    line_stems: frozenset[str]  # of the lines alone
    before: frozenset[str]  # stems of what was told before, of the doorway and the persona
    content: tuple[str, ...]  # the content words of the lines
    clauses: tuple[Clause, ...]  # of the lines
    sentences: tuple[str, ...]  # of the lines
    verbatim: frozenset[Run]  # those sentences, word by word
    numbers: frozenset[str]  # of the lines
    singles: frozenset[str]  # what the lines count to one
    counted: frozenset[tuple[str, str]]  # what the lines count, and how many
    sides: frozenset[str]
    topics: frozenset[str]  # topics that may be named
    noes: frozenset[str]  # topics that are denied now: named only with a no
    denied: frozenset[str]  # stems of what they are called
    named: frozenset[str]  # stems of what is told is called
    said: str  # the resident's words, in lower case
    heard: frozenset[str]  # their stems
    heard_numbers: frozenset[str]
    heard_topics: frozenset[str]
    vectors: Vectors  # of the lines and of what was told before
    hidden: tuple[str, ...]  # facts that may not be told now


def claims_of(field: Field, words: GuardWords, rank: dict[str, int]) -> Claims:
    """What reads texts by the rows of words and by what the field's complaints are called."""
    topics = [t for t in field.topics if t.kind in ("symptom", "condition")]
    terms = [tokens_of(term) for topic in topics for term in topic.terms]
    names = [term[0] for term in terms if len(term) == 1]
    return Claims(words, field.words.numbers, field.words.negations, names, rank)


class Phrasebook:
    """What is the same for every case: word classes, and the set phrases with their vectors."""

    def __init__(
        self, field: Field, claims: Claims, encoder: Encoder, rank: dict[str, int]
    ) -> None:
        self.field, self.claims, self.encoder, self.rank = field, claims, encoder, rank
        self._vectors: dict[str, Vectors] = {}
        self._reads: dict[str, Read] = {}
        voice = field.talk.voice
        options = (voice.unknown, voice.unclear, voice.withheld, voice.nothing_more, voice.confirm)
        phrases = [p for option in options for p in option]
        reactions = field.talk.reactions.acts.values()
        phrases += [line for r in reactions for line in r.lines.get("plain", ())[:PHRASES]]
        self.phrases = encoder.encode([p.replace("$concern", "this") for p in phrases])

    def text_vectors(self, texts: Sequence[str]) -> Vectors:
        """A vector for each word or line, kept once made; shape (texts, 384)."""
        if len(self._vectors) > TEXTS_KEPT:
            self._vectors.clear()
        # What is found is held here: another turn may empty the shelf meanwhile.
        found = {t: v for t in texts if (v := self._vectors.get(t)) is not None}
        fresh = [t for t in dict.fromkeys(texts) if t not in found]
        if fresh:
            found.update(zip(fresh, self.encoder.encode(fresh), strict=True))
            self._vectors.update((t, found[t]) for t in fresh)
        return np.array([found[t] for t in texts], dtype=np.float32).reshape(
            -1, self.encoder.dimensions
        )

    def read(self, text: str) -> Read:
        """A text with its claims, kept once read; for lines and terms, which come again."""
        found = self._reads.get(text)
        if found is None:
            if len(self._reads) > TEXTS_KEPT:
                self._reads.clear()
            found = self._reads[text] = self._read(text)
        return found

    def _read(self, text: str) -> Read:
        claims = self.claims
        stems = claims.stems_of(text)
        return Read(
            text,
            stems,
            claims.widen(stems),
            tuple(claims.clauses_of(text)),
            tuple(sentences_of(text)),
            claims.numbers_of(text),
            claims.singles_of(text),
            claims.counted_of(text),
            claims.sides_of(text),
            self.field.lexicon.topics_in(text),
            runs_of(text),
        )


class Hidden:
    """What of a script may not be heard unless it is told: its texts as stems and runs of words."""

    def __init__(self, case: Case, book: Phrasebook) -> None:
        script, key = case.script, case.script.note_key
        self.facts = {f.id: [book.read(t) for t in (f.says, *f.also)] for f in script.facts}
        self.runs = {f: _union(r.runs for r in reads) for f, reads in self.facts.items()}
        self.sentences = {
            f.id: [r for t in (f.says, *f.also) for r in _whole(t)] for f in script.facts
        }
        self.fact_stems = {f: _union(r.stems for r in reads) for f, reads in self.facts.items()}
        texts = [
            *(n for d in key.differential for n in (d.name, *d.also)),
            *(n for w in key.workup for n in (w.name, *w.also)),
            *(t for i in script.checklist for t in (i.text, i.why)),
            *(m.finding for m in script.examination),
            *(t.result for t in script.tests),
            *(p.text for p in script.debrief.teaching_points),
            *script.debrief.model_questions.values(),
            *(o.text for o in script.objectives),
            *(t for c in script.challenges for t in (c.says, c.good_response)),
            *(t for c in script.cues for t in (c.says, c.looks_for)),
            *script.patient.affect.triggers,
            *script.patient.affect.softeners,
            *(key.diagnosis, script.title, script.source, script.content_warning),
            *script.authors,
            *script.reviewers,
        ]
        self.stems = book.claims.stems_of(" . ".join(texts))


def _whole(text: str) -> Iterator[frozenset[tuple[str, ...]]]:
    """The runs of each sentence of a line that is too long to be a mere 'I don't know why.'"""
    for start, end in sentences(text):
        if len(words_of(text[start:end])) > RUN:
            yield runs_of(text[start:end])


def build_scope(
    book: Phrasebook,
    case: Case,
    hidden: Hidden,
    lines: Sequence[Line],
    state: State,
    said: str,
    mood: str,
) -> Scope:
    """The scope of a turn, from its lines and from what was said before."""
    telling = [line for line in lines if line.kind not in SILENT]
    told = frozenset(f for line in telling for f in line.facts) & case.facts.keys()
    now = [book.read(line.text) for line in lines] + [r for f in told for r in hidden.facts[f]]
    topics = {t for line in telling for t in line.topics} | {case.topic_of[f] for f in told}
    before = [r for f in state.told if f in case.facts for r in hidden.facts[f]]
    if state.opening_said:
        before.append(book.read(case.script.opening))
    door, heard, speech = _doorway(book, case, mood), book.read(said), [*now, *before]
    noes = frozenset(t for line in lines if line.kind == "deny" for t in line.topics)
    texts = tuple(s for r in now for s in r.sentences)
    return Scope(
        lines=tuple(lines),
        kinds=frozenset(line.kind for line in lines),
        words=sum(len(line.text.split()) for line in lines),
        forms=tuple(dict.fromkeys(r.text for r in now)),
        spoken=" . ".join(r.text for r in speech),
        runs=_union(r.runs for r in speech),
        now=_union(r.wide for r in (*now, *_terms(book, case, topics)))
        | _feelings(book, case, mood, speech),
        line_stems=_union(r.stems for r in now),
        before=_union(r.wide for r in before) | _union(r.stems for r in door),
        content=tuple(dict.fromkeys(_content(book.claims, now))),
        clauses=tuple(c for r in now for c in r.clauses),
        sentences=texts,
        verbatim=frozenset(tuple(tokens_of(s)) for s in texts),
        numbers=_union(r.numbers for r in now),
        singles=_union(r.singles for r in now),
        counted=_union(r.counted for r in now),
        sides=_union(r.sides for r in speech),
        topics=_free_topics(case, now, [*before, *door], topics, noes),
        noes=noes,
        named=_union(r.stems for r in _terms(book, case, topics - noes)) - book.claims.plain,
        denied=_union(r.stems for r in _terms(book, case, noes)),
        said=said.lower(),
        heard=heard.stems,
        heard_numbers=heard.numbers,
        heard_topics=heard.topics,
        vectors=_vectors(book, case, told | state.told.keys(), [*texts, *(x.text for x in lines)]),
        hidden=tuple(f for f in case.facts if f not in told and f not in state.told),
    )


def _free_topics(
    case: Case,
    now: Sequence[Read],
    before: Sequence[Read],
    topics: Iterable[str],
    noes: frozenset[str],
) -> frozenset[str]:
    """The topics that may be named: what is told is, what is denied is not, unless told before."""
    known = _union(r.topics for r in before)
    free = _union(r.topics for r in now) | known | case.chief_topics | frozenset(topics)
    return free - (noes - known)


def _vectors(book: Phrasebook, case: Case, facts: Iterable[str], texts: Sequence[str]) -> Vectors:
    """The vectors of facts' lines and of other texts."""
    known = [case.facts[f] for f in facts if f in case.facts]
    lines = [line for f in known for line in (f.says, *f.also)]
    return book.text_vectors([*lines, *texts])


def _terms(book: Phrasebook, case: Case, topics: Iterable[str]) -> list[Read]:
    """Other names of what is spoken of."""
    named = [case.field.topics[t] for t in topics if t in case.field.topics]
    return [book.read(text) for t in named for text in (t.label, *t.terms)]


def _doorway(book: Phrasebook, case: Case, mood: str) -> list[Read]:
    """What is known without being told: who the patient is, and how they feel."""
    door, persona = case.script.doorway, case.script.patient
    texts = (door.name, door.concern, door.setting, persona.occupation, persona.affect.baseline)
    return [book.read(t) for t in (*texts, mood_words(mood)) if t]


def _union(sets: Iterable[frozenset[T]]) -> frozenset[T]:
    return frozenset[T]().union(*sets)


def _content(claims: Claims, reads: Iterable[Read]) -> Iterable[str]:
    return (
        t
        for read in reads
        for t in tokens_of(read.text)
        if not t[0].isdigit() and claims.stem(t) not in claims.plain
    )


def _feelings(book: Phrasebook, case: Case, mood: str, speech: Sequence[Read]) -> frozenset[str]:
    """Words of the feelings that the persona, the mood or the lines show."""
    persona = case.script.patient
    shown = book.read(f"{persona.personality} {mood} {persona.affect.baseline}").stems
    present = shown | _union(r.stems for r in speech)
    return _union(words for marks, words in book.claims.feelings if marks & present)
