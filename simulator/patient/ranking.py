"""Rank the facts and topics that a clause may ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.knowledge.topics import DENIABLE
from simulator.patient.case import Case
from simulator.patient.clauses import words_of
from simulator.patient.turn import Candidate, State

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signs add up; set on the tune split of bench/labels, never on the report split."""

    examples: float = 0.75
    term: float = 0.14
    no_term: float = 0.10
    fact_term: float = 0.10
    chief: float = 0.05
    family: float = 0.14
    near: float = 0.07
    elliptic: float = 0.5
    accept: float = 0.46
    deny: float = 0.46
    talk_margin: float = 0.05
    statement: float = 0.62
    direct: float = 0.50
    specific: float = 0.10
    neighbour: float = 0.12


@dataclass(frozen=True, slots=True)
class Variants:
    """Other forms of a clause: after the last subject, and with the chief concern as 'it'."""

    context: Vectors | None = None
    bare: Vectors | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """The ranking of one clause, and the signs it rests on."""

    candidates: tuple[Candidate, ...]
    named: frozenset[str]
    elliptic: bool
    family: bool
    own: dict[str, float]

    @property
    def best(self) -> Candidate:
        """The first candidate."""
        return self.candidates[0]


def is_elliptic(text: str, case: Case) -> bool:
    """Whether a clause leaves its subject out: 'and how bad is it?', 'does it go anywhere?'"""
    tokens = words_of(text)
    if case.field.lexicon.mentions(text):
        return False
    content = [t for t in tokens if t not in case.field.words.empty]
    return len(content) <= 1 or any(t in case.field.words.pronouns for t in tokens)


def is_family(text: str, case: Case) -> bool:
    """Whether a clause asks about relatives' health, not the patient's own or the household."""
    lower = text.lower()
    words = case.field.words
    if any(phrase in lower for phrase in words.household):
        return False
    return any(t in words.family for t in words_of(lower))


def without_subject(text: str, case: Case) -> str:
    """The clause with the chief concern as 'it': 'When did it start?', or the clause unchanged."""
    words, bare = case.field.words, text
    lead = rf"(?:(?:{'|'.join(words.determiners)})\s+)*"
    for mention in reversed(case.field.lexicon.mentions(text)):
        if mention.topics & case.chief_topics:
            head = re.sub(rf"\b{lead}$", "", bare[: mention.start], flags=re.I)
            bare = f"{head.rstrip()} it{bare[mention.end :]}"
    nouns = "|".join(words.subject_nouns)
    bare = re.sub(rf"\b(?:(?:the|this|that|your|these|those)\s+)+(?:{nouns})\b", "it", bare, flags=re.I)
    return re.sub(r"\bit(?: it)+\b", "it", bare).strip()


def rank(
    text: str, raw: str, query: Vectors, others: Variants, case: Case, state: State,
    weights: Weights,
) -> Ranked:
    """The candidates of a clause, best first: facts, and topics on which the script is silent.

    Args:
        text: the clause. raw: the stretch of the sentence it came from.
        query: its vector. others: the vectors of its variants.
        case: the script. state: what was said before. weights: how the signs add up.
    """
    field = case.field
    named = field.lexicon.topics_in(text)
    elliptic, family = is_elliptic(text, case), is_family(raw, case)
    topic_scores, own = _similarities(query, case, weights)
    if others.context is not None:
        scores2, own2 = _similarities(others.context, case, weights)
        topic_scores = np.maximum(topic_scores, _blend(topic_scores, scores2, weights.elliptic))
        own = {f: max(s, _blend(s, own2[f], weights.elliptic)) for f, s in own.items()}
    if others.bare is not None:
        scores3, own3 = _similarities(others.bare, case, weights)
        topic_scores = np.maximum(topic_scores, scores3)
        own = {f: max(s, own3[f]) for f, s in own.items()}
    bonus = _bonuses(case, state, named, elliptic, family, weights)
    found = [
        Candidate(t, None, float(topic_scores[i] + bonus[i]))
        for i, t in enumerate(field.topic_ids)
        if t not in case.facts_of
    ]
    for fact_id, score in own.items():
        topic = case.topic_of[fact_id]
        extra = bonus[field.row_of[topic]]
        if named & case.terms_of[fact_id] and topic not in named:
            extra += weights.fact_term + weights.no_term
        found.append(Candidate(topic, fact_id, float(score + extra)))
    found.sort(key=lambda c: -c.score)
    return Ranked(tuple(found[:SHOWN]), named, elliptic, family, own)


def _blend(plain: Vectors, context: Vectors, share: float) -> Vectors:
    return (1 - share) * plain + share * context


def _similarities(
    query: Vectors, case: Case, weights: Weights
) -> tuple[Vectors, dict[str, float]]:
    field = case.field
    examples = field.question_scores(query[None])[0]
    answers = field.answers @ query
    topic_scores = weights.examples * examples + (1 - weights.examples) * answers
    lines = case.vectors @ query
    own: dict[str, float] = {}
    for fact_id, rows in case.rows.items():
        example = float(examples[field.row_of[case.topic_of[fact_id]]])
        if rows.asks:
            example = max(example, float(lines[list(rows.asks)].max()))
        says = float(lines[list(rows.says)].max())
        own[fact_id] = weights.examples * example + (1 - weights.examples) * says
    return topic_scores, own


def _bonuses(
    case: Case, state: State, named: frozenset[str], elliptic: bool, family: bool, weights: Weights
) -> Vectors:
    field = case.field
    last = {t.split("-")[0] for t in state.last_topics}
    last_sections = {t.split(".")[0] for t in state.last_topics}
    fam_now = family or (elliptic and "fam" in last_sections)
    bonus = np.zeros(len(field.topic_ids), dtype=np.float32)
    other = named - case.chief_topics
    for i, topic_id in enumerate(field.topic_ids):
        topic = field.topics[topic_id]
        section = topic.section
        if topic_id in other:
            bonus[i] += weights.term
        elif topic_id in named:
            bonus[i] -= weights.chief
        elif named and topic.kind in DENIABLE and topic.terms:
            bonus[i] -= weights.no_term
        if section == "fam":
            bonus[i] += weights.family if family else (0.0 if fam_now else -weights.family)
        elif family:
            bonus[i] -= weights.family
        if elliptic and topic_id.split("-")[0] in last:
            bonus[i] += weights.near
    return bonus
