"""A script made ready to be asked: topics resolved, texts indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.knowledge.index import Entry, Index, Matrix
from simulator.knowledge.talk import Talk
from simulator.knowledge.topics import DENIABLE, Topics
from simulator.language.lexicon import Lexicon
from simulator.language.tokens import words_of
from simulator.language.words import Words
from simulator.patient.addressing import addressed
from simulator.scripts.schema import Fact, PatientScript

Rows = np.ndarray[Any, np.dtype[np.int64]]


def topic_entries(topics: Topics) -> tuple[Entry, ...]:
    """What the topics collection holds: how each is asked, and what is said of it."""
    questions = [Entry(t.id, "question", q) for t in topics for q in t.questions]
    answers = [Entry(t.id, "answer", f"{t.label}. {t.default}") for t in topics]
    return tuple(questions + answers)


def script_entries(
    script: PatientScript, pronouns: Sequence[Sequence[str]] = ()
) -> tuple[Entry, ...]:
    """What a script's collection holds: each fact's lines and example questions, and affect.

    Questions to an informant are held as they would be put to the patient, as they are read.
    """
    rows: list[Entry] = []
    for fact in script.facts:
        rows += [Entry(fact.id, "says", text) for text in (fact.says, *fact.also)]
        asks = [addressed(text, script, pronouns) for text in fact.asks]
        rows += [Entry(fact.id, "asks", text) for text in asks]
    affect = script.patient.affect
    rows += [Entry("softener", "affect", text) for text in affect.softeners]
    rows += [Entry("trigger", "affect", text) for text in affect.triggers]
    rows.append(Entry("opening", "opening", script.opening))
    return tuple(rows)


class Field:
    """What the field knows, held in memory: topics with their vectors, talk, words, lexicon."""

    def __init__(
        self, topics: Topics, talk: Talk, words: Words, matrix: Matrix, lexicon: Lexicon
    ) -> None:
        self.topics, self.talk, self.words, self.lexicon = topics, talk, words, lexicon
        roles = np.array([e.role for e in matrix.entries])
        owners = [e.owner for e in matrix.entries]
        self.topic_ids = [t.id for t in topics]
        self.row_of = {t: i for i, t in enumerate(self.topic_ids)}
        self.questions = matrix.vectors[roles == "question"]
        self.answers = matrix.vectors[roles == "answer"]
        asked = [self.row_of[o] for o, r in zip(owners, roles, strict=True) if r == "question"]
        self.question_starts = [i for i, r in enumerate(asked) if i == 0 or asked[i - 1] != r]
        near = np.eye(len(self.topic_ids), dtype=bool)
        for row, topic in enumerate(topics):
            near[row, [self.row_of[n] for n in topic.near if n in self.row_of]] = True
        self.near = near | near.T

    def question_scores(self, query: Vectors) -> Vectors:
        """For each query and topic the nearest phrasing's cosine, shape (queries, topics)."""
        return np.maximum.reduceat(query @ self.questions.T, self.question_starts, axis=1)


@dataclass(frozen=True, slots=True)
class FactRows:
    """Where a fact's own lines and example questions stand in the script's matrix."""

    says: tuple[int, ...]
    asks: tuple[int, ...]


class Case:
    """One script, ready to be asked."""

    def __init__(self, script: PatientScript, matrix: Matrix, field: Field) -> None:
        self.script = script
        self.field = field
        self.vectors = matrix.vectors
        self.facts: dict[str, Fact] = {f.id: f for f in script.facts}
        places: dict[tuple[str, str], list[int]] = {}
        for row, entry in enumerate(matrix.entries):
            places.setdefault((entry.owner, entry.role), []).append(row)
        self.rows = {
            f.id: FactRows(tuple(places[f.id, "says"]), tuple(places.get((f.id, "asks"), ())))
            for f in script.facts
        }
        self.affect_rows = [
            (i, e.owner) for i, e in enumerate(matrix.entries) if e.role == "affect"
        ]
        self.guessed: dict[str, str] = {}
        self.topic_of = {f.id: self._resolve(f) for f in script.facts}

    def addressed(self, text: str) -> str:
        """A turn as it would be put to the patient, whoever speaks."""
        return addressed(text, self.script, self.field.words.pronouns)

    def of_another(self, text: str, fact: str) -> bool:
        """Whether a turn asks of the patient and a fact is of the informant, or the reverse."""
        if self.script.informant is None:
            return False
        words, line = self.field.words, self.facts[fact].says
        of_patient = self.addressed(line) != line
        if self.addressed(text) != text:
            return not of_patient and bool(words.oneself & {*words_of(line)})
        return of_patient and bool(words.addressed & {*words_of(text)})

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
    def topic_rows(self) -> Rows:
        """For each fact the row of its topic, in script order."""
        return np.array([self.field.row_of[self.topic_of[f]] for f in self.facts], dtype=np.int64)

    @cached_property
    def facts_of(self) -> dict[str, tuple[str, ...]]:
        """For each topic that the script speaks of, its facts in script order."""
        found: dict[str, list[str]] = {}
        for fact_id, topic in self.topic_of.items():
            found.setdefault(topic, []).append(fact_id)
        return {topic: tuple(ids) for topic, ids in found.items()}

    @cached_property
    def chief_topics(self) -> frozenset[str]:
        """The symptoms that brought the patient: named at the doorway or in the opening."""
        opening = [f.says for f in self.script.facts if f.tell == "opening"]
        text = " . ".join([self.script.doorway.concern, self.script.opening, *opening])
        named = self.field.lexicon.topics_in(text)
        return frozenset(
            t for t in named if t.split(".")[0] in ("ros", "mind") and self._deniable(t)
        )

    @cached_property
    def said_terms(self) -> dict[str, frozenset[str]]:
        """For each fact that says that something is there, the topics that its line names."""
        return {
            f.id: self.field.lexicon.topics_in(f.says)
            for f in self.script.facts
            if f.polarity == "positive"
        }

    def _deniable(self, topic: str) -> bool:
        return self.field.topics[topic].kind in DENIABLE

    @cached_property
    def examples(self) -> dict[str, str]:
        """The authors' example questions, as their words, with the first fact that names each."""
        found: dict[str, str] = {}
        for fact in self.script.facts:
            for ask in fact.asks:
                found.setdefault(" ".join(words_of(ask)), fact.id)
        return found

    def best_of(self, scores: Vectors, part: str) -> Rows:
        """For each fact the row of its best line or example; -1 where it has none.

        Args:
            scores: one for each row of the script's matrix. part: says or asks.
        """
        found = [getattr(r, part) for r in self.rows.values()]
        best = [max(rows, key=lambda r: float(scores[r])) if rows else -1 for rows in found]
        return np.array(best, dtype=np.int64)


def load_field(topics: Topics, talk: Talk, words: Words, index: Index, lexicon: Lexicon) -> Field:
    """The field's knowledge with its vectors, from the index, built first where needed."""
    matrix = index.load("topics", "topics", topic_entries(topics))
    return Field(topics, talk, words, matrix, lexicon)


def load_case(script: PatientScript, field: Field, index: Index) -> Case:
    """A script with its vectors, from the index, built first where needed."""
    entries = script_entries(script, field.words.pronouns)
    return Case(script, index.load("script", script.id, entries), field)
