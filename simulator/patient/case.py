"""A script made ready to be asked: topics resolved, texts indexed, subjects known."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.knowledge.index import Entry, Index, Matrix
from simulator.knowledge.topics import DENIABLE, TalkFile, Topics, Words
from simulator.patient.clauses import words_of
from simulator.patient.lexicon import Lexicon, fold
from simulator.scripts.schema import Fact, PatientScript

OWN_ILLNESS = frozenset({"pmh.recent-illness", "pmh.infections", "pmh.covid"})
Rows = np.ndarray[Any, np.dtype[np.int64]]
PRESENT = frozenset({"hpi", "ros", "mind", "views", "opening"})


def topic_entries(topics: Topics, talk: TalkFile) -> tuple[Entry, ...]:
    """What the topics collection holds: questions, answers and the talk around them."""
    questions = [Entry(t.id, "question", q) for t in topics for q in t.questions]
    answers = [Entry(t.id, "answer", f"{t.label}. {t.default}") for t in topics]
    acts = [Entry(a.id, "talk", e) for a in talk.acts for e in a.examples]
    return tuple(questions + answers + acts)


def script_entries(script: PatientScript) -> tuple[Entry, ...]:
    """What a script's collection holds: each fact's lines and example questions, and affect."""
    rows: list[Entry] = []
    for fact in script.facts:
        rows += [Entry(fact.id, "says", text) for text in (fact.says, *fact.also)]
        rows += [Entry(fact.id, "asks", text) for text in fact.asks]
    affect = script.patient.affect
    rows += [Entry("softener", "affect", text) for text in affect.softeners]
    rows += [Entry("trigger", "affect", text) for text in affect.triggers]
    rows.append(Entry("opening", "opening", script.opening))
    return tuple(rows)


class Field:
    """What the field knows, held in memory: topics and talk with their vectors, the lexicon."""

    def __init__(
        self, topics: Topics, talk: TalkFile, words: Words, matrix: Matrix, lexicon: Lexicon
    ) -> None:
        self.topics, self.talk, self.words, self.lexicon = topics, talk, words, lexicon
        roles = np.array([e.role for e in matrix.entries])
        self.topic_ids = [t.id for t in topics]
        self.act_ids = [a.id for a in talk.acts]
        row_of = {t: i for i, t in enumerate(self.topic_ids)}
        act_row = {a: i for i, a in enumerate(self.act_ids)}
        owners = [e.owner for e in matrix.entries]
        self.row_of = row_of
        self.questions = matrix.vectors[roles == "question"]
        self.question_rows = _rows(owners, roles == "question", row_of)
        self.answers = matrix.vectors[roles == "answer"]
        self.talk_vectors = matrix.vectors[roles == "talk"]
        self.talk_rows = _rows(owners, roles == "talk", act_row)
        self.of_family = np.array([t.section == "fam" for t in topics])
        self.deniable = np.array([t.kind in DENIABLE and bool(t.terms) for t in topics])
        self.of_patient = np.array(
            [t.section in ("ros", "mind", "hpi") or t.id in OWN_ILLNESS for t in topics]
        )
        self.rows_of_stem: dict[str, list[int]] = {}
        for row, topic_id in enumerate(self.topic_ids):
            self.rows_of_stem.setdefault(topic_id.split("-")[0], []).append(row)
        self.rows_of_part = {
            t.id: [row_of[other.id] for other in file.topics]
            for file in topics.files
            for t in file.topics
        }
        self.overlap = Overlap([" ".join((t.label, *t.terms, *t.questions)) for t in topics])
        self._question_starts = _starts(self.question_rows)
        self._talk_starts = _starts(self.talk_rows)

    def question_scores(self, query: Vectors) -> Vectors:
        """For each query and topic the nearest phrasing's cosine, shape (queries, topics)."""
        return np.maximum.reduceat(query @ self.questions.T, self._question_starts, axis=1)

    def talk_scores(self, query: Vectors) -> Vectors:
        """For each query and act of talk the nearest example's cosine, shape (queries, acts)."""
        return np.maximum.reduceat(query @ self.talk_vectors.T, self._talk_starts, axis=1)


def _rows(owners: list[str], mask: np.ndarray, index: dict[str, int]) -> list[int]:
    return [index[o] for o, m in zip(owners, mask, strict=True) if m]


def _starts(rows: list[int]) -> list[int]:
    return [i for i, row in enumerate(rows) if i == 0 or rows[i - 1] != row]


def _padded(rows: list[tuple[int, ...]], none: int) -> Rows:
    width = max(len(r) for r in rows)
    return np.array([[*r, *[none] * (width - len(r))] for r in rows])


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near one text comes to everything, as cosines: to topics, talk and the script's lines."""

    topics: Vectors
    answers: Vectors
    talk: Vectors
    lines: Vectors


@dataclass(frozen=True, slots=True)
class FactRows:
    """Where a fact's own lines and example questions stand in the script's matrix."""

    says: tuple[int, ...]
    asks: tuple[int, ...]


class Overlap:
    """Shared words, weighted by how few texts hold them: what vectors of short texts miss."""

    def __init__(self, texts: list[str]) -> None:
        self._rows: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            for word in {fold(w) for w in words_of(text)}:
                self._rows.setdefault(word, []).append(row)
        self.count = len(texts)
        self.weigh = {w: math.log(1 + self.count / len(r)) for w, r in self._rows.items()}

    def shares(self, text: str) -> Vectors:
        """For each text the share of the question's weight that it holds, 0 to 1."""
        found = np.zeros(self.count, dtype=np.float32)
        words = {fold(w) for w in words_of(text)} & self.weigh.keys()
        for word in words:
            found[self._rows[word]] += self.weigh[word]
        return found / (sum(self.weigh[w] for w in words) or 1.0)


class Case:
    """One script, ready to be asked."""

    def __init__(self, script: PatientScript, matrix: Matrix, field: Field) -> None:
        self.script = script
        self.field = field
        self.vectors = matrix.vectors
        self.facts: dict[str, Fact] = {f.id: f for f in script.facts}
        self.rows = {
            f.id: FactRows(
                tuple(
                    i for i, e in enumerate(matrix.entries) if (e.owner, e.role) == (f.id, "says")
                ),
                tuple(
                    i for i, e in enumerate(matrix.entries) if (e.owner, e.role) == (f.id, "asks")
                ),
            )
            for f in script.facts
        }
        self.affect_rows = [
            (i, e.owner) for i, e in enumerate(matrix.entries) if e.role == "affect"
        ]
        self.guessed: dict[str, str] = {}
        self.topic_of = {f.id: self._resolve(f) for f in script.facts}

    def likeness(self, queries: Vectors) -> list[Likeness]:
        """For each query, shape (queries, 384), how near it comes to what is known."""
        topics, talk = self.field.question_scores(queries), self.field.talk_scores(queries)
        answers, lines = queries @ self.field.answers.T, queries @ self.vectors.T
        return [Likeness(topics[i], answers[i], talk[i], lines[i]) for i in range(len(queries))]

    def nearest_rows(self, near: Likeness) -> tuple[Vectors, Vectors, Vectors]:
        """For each fact the cosine of what comes nearest, in script order.

        Returns:
            Of its topic's and its own example questions; of its own alone; of its lines.
        """
        lines = np.append(near.lines, np.float32(-1.0))  # where a fact has fewer rows: no row
        asks, says, topics = self._row_table
        own = lines[asks].max(axis=1)
        return np.maximum(near.topics[topics], own), own, lines[says].max(axis=1)

    @cached_property
    def _row_table(self) -> tuple[Rows, Rows, Rows]:
        none = len(self.vectors)
        asks = [r.asks or (none,) for r in self.rows.values()]
        says = [r.says for r in self.rows.values()]
        topics = np.array([self.field.row_of[self.topic_of[f]] for f in self.rows])
        return _padded(asks, none), _padded(says, none), topics

    def _resolve(self, fact: Fact) -> str:
        if fact.topic is not None and fact.topic in self.field.topics:
            return fact.topic
        rows = self.rows[fact.id]
        query = self.vectors[list(rows.says + rows.asks)]
        scores = self.field.question_scores(query).max(axis=0) * 0.6
        scores += (query @ self.field.answers.T).max(axis=0) * 0.4
        topic: str = self.field.topic_ids[int(np.argmax(scores))]
        self.guessed[fact.id] = topic
        return topic

    @cached_property
    def facts_of(self) -> dict[str, tuple[str, ...]]:
        """For each topic that the script speaks of, its facts in script order."""
        found: dict[str, list[str]] = {}
        for fact_id, topic in self.topic_of.items():
            found.setdefault(topic, []).append(fact_id)
        return {topic: tuple(ids) for topic, ids in found.items()}

    @cached_property
    def silent(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each topic whether the script has no fact on it."""
        return np.array([t not in self.facts_of for t in self.field.topic_ids])

    @cached_property
    def said_terms(self) -> dict[str, frozenset[str]]:
        """For each fact, the topics that its line names by a term."""
        return {f.id: self.field.lexicon.topics_in(f.says) for f in self.script.facts}

    @cached_property
    def terms_of(self) -> dict[str, frozenset[str]]:
        """For each fact, the topics that its own words name."""
        return {
            f.id: self.field.lexicon.topics_in(" . ".join((f.says, *f.asks)))
            for f in self.script.facts
        }

    @cached_property
    def chief_topics(self) -> frozenset[str]:
        """The symptoms that brought the patient: named at the doorway or in the opening."""
        opening = [f.says for f in self.script.facts if f.tell == "opening"]
        text = " . ".join([self.script.doorway.concern, self.script.opening, *opening])
        named = self.field.lexicon.topics_in(text)
        return frozenset(
            t for t in named if t.split(".")[0] in ("ros", "mind") and self._deniable(t)
        )

    def _deniable(self, topic: str) -> bool:
        return self.field.topics[topic].kind in DENIABLE

    def mentioning(self, topics: Iterable[str]) -> list[str]:
        """Positive facts of the same part of the history whose own line names one of the topics."""
        wanted = frozenset(topics)
        sections = {t.split(".")[0] for t in wanted}
        if sections & PRESENT:
            sections |= PRESENT
        return [
            f.id
            for f in self.script.facts
            if f.polarity == "positive"
            and self.topic_of[f.id].split(".")[0] in sections
            and self.said_terms[f.id] & wanted
        ]

    def neighbours(self, topic: str) -> tuple[str, ...]:
        """The facts of the nearest topic that the script speaks of, where its own is missing."""
        for other in self.field.topics[topic].near:
            if other in self.facts_of:
                return self.facts_of[other]
        return ()


def load_field(
    topics: Topics, talk: TalkFile, words: Words, index: Index, known_words: Iterable[str]
) -> Field:
    """The field's knowledge with its vectors, from the index, built first where needed."""
    matrix = index.load("topics", "topics", topic_entries(topics, talk))
    return Field(topics, talk, words, matrix, Lexicon(topics, known_words))


def load_case(script: PatientScript, field: Field, index: Index) -> Case:
    """A script with its vectors, from the index, built first where needed."""
    return Case(script, index.load("script", script.id, script_entries(script)), field)
