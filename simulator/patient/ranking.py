"""Rank the facts and topics that a clause may ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.patient.case import Case, Likeness
from simulator.patient.clauses import words_of
from simulator.patient.turn import Candidate, State

SHOWN, SAME = 6, 0.93
FOLLOW_UP = 9


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signs add up; set on the tune split of bench/labels, never on the report split."""

    examples: float = 0.7
    term: float = 0.08
    no_term: float = 0.03
    fact_term: float = 0.1
    family: float = 0.14
    near: float = 0.04
    part: float = 0.08
    words: float = 0.1
    scripted: float = 0.06
    authored: float = 0.2
    deny_detail: float = 0.66
    elliptic: float = 0.5
    accept: float = 0.50
    tell: float = 0.70
    tell_guarded: float = 0.78
    talk_margin: float = 0.05
    statement: float = 0.62
    specific: float = 0.10
    neighbour: float = 0.06


@dataclass(frozen=True, slots=True)
class Forms:
    """A clause as it stands, with the chief concern as 'it', and after the last subject."""

    plain: Likeness
    bare: Likeness | None = None
    context: Likeness | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What a clause names, whether it only asks if that is there, and if it is about others."""

    named: frozenset[str]
    presence: bool
    others: bool


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
    words = case.field.words
    content = [t for t in tokens if t not in words.empty and t not in words.presence]
    return len(content) <= 1 or any(t in case.field.words.pronouns for t in tokens)


def is_family(text: str, case: Case) -> bool:
    """Whether a clause asks about relatives' health, not the patient's own or the household."""
    lower = text.lower()
    words = case.field.words
    if any(phrase in lower for phrase in words.household):
        return False
    return any(t in words.family for t in words_of(lower))


def _still_family(text: str, named: frozenset[str], case: Case, state: State) -> bool:
    """'How about cancer?' after a question on relatives is about relatives still."""
    tokens = words_of(text)
    if not state.last_topics or not state.last_topics[-1].startswith("fam."):
        return False
    conditions = any(t.startswith(("pmh.", "fam.")) for t in named)
    return conditions and len(tokens) <= FOLLOW_UP and not case.field.words.to_patient & {*tokens}


def without_subject(text: str, case: Case) -> str:
    """The clause with the chief concern as 'it': 'When did it start?', or the clause unchanged."""
    words, bare = case.field.words, text
    lead = rf"(?:(?:{'|'.join(words.determiners)})\s+)*"
    for mention in reversed(case.field.lexicon.mentions(text)):
        if mention.topics & case.chief_topics:
            head = re.sub(rf"\b{lead}$", "", bare[: mention.start], flags=re.I)
            bare = f"{head.rstrip()} it{bare[mention.end :]}"
    if is_presence(text, case):
        return text
    nouns = "|".join(words.subject_nouns)
    bare = re.sub(
        rf"\b(?:(?:the|this|that|your|these|those)\s+)+(?:{nouns})\b", "it", bare, flags=re.I
    )
    return re.sub(r"\bit(?: it)+\b", "it", bare).strip()


def rank(
    text: str,
    raw: str,
    forms: Forms,
    case: Case,
    state: State,
    weights: Weights,
) -> Ranked:
    """The candidates of a clause, best first: facts, and topics on which the script is silent.

    Args:
        text: the clause. raw: the stretch of the sentence it came from.
        forms: how near it comes to all that the field and the script hold, in each of its forms.
        case: the script. state: what was said before. weights: how the signs add up.
    """
    field = case.field
    named = field.lexicon.topics_in(text)
    elliptic = is_elliptic(text, case)
    family = is_family(raw, case) or _still_family(raw, named, case, state)
    topic_scores, own = _similarities(forms.plain, case, weights)
    if forms.context is not None:
        scores2, own2 = _similarities(forms.context, case, weights)
        topic_scores = np.maximum(topic_scores, _blend(topic_scores, scores2, weights.elliptic))
        share = weights.elliptic
        own = {f: max(s, (1 - share) * s + share * own2[f]) for f, s in own.items()}
    if forms.bare is not None:
        scores3, own3 = _similarities(forms.bare, case, weights)
        keep = np.isin(field.topic_ids, list(named - case.chief_topics))
        topic_scores = np.where(keep, np.maximum(topic_scores, scores3), scores3)
        own = {f: max(s, own3[f]) for f, s in own.items()}
    others_asked = bool(set(words_of(text)) & field.words.others)
    signs = Signs(named, bool(named) and is_presence(text, case), others_asked)
    bonus = _bonuses(case, state, signs, family, elliptic, weights)
    shared = field.overlap.shares(text)
    bonus += weights.words * shared
    total = np.where(case.silent, topic_scores + bonus, -1.0)
    top = np.argpartition(-total, SHOWN)[:SHOWN]
    found = [Candidate(field.topic_ids[i], None, float(total[i])) for i in top]
    spoken_of = any(t in case.facts_of for t in named)
    for fact_id, score in own.items():
        topic = case.topic_of[fact_id]
        extra = bonus[field.row_of[topic]] + weights.scripted
        if not spoken_of and named & case.terms_of[fact_id]:
            extra += weights.fact_term + weights.no_term
        found.append(Candidate(topic, fact_id, float(score + extra)))
    found.sort(key=lambda c: -c.score)
    return Ranked(tuple(found[:SHOWN]), named, elliptic, family, own)


def _blend(plain: Vectors, context: Vectors, share: float) -> Vectors:
    return (1 - share) * plain + share * context


def _similarities(near: Likeness, case: Case, weights: Weights) -> tuple[Vectors, dict[str, float]]:
    share = weights.examples
    examples, authored, says = case.nearest_rows(near)
    scores = share * examples + (1 - share) * says
    scores += weights.authored * (authored >= SAME)  # the author said: this question, this fact
    own = dict(zip(case.facts, (float(s) for s in scores), strict=True))
    return share * near.topics + (1 - share) * near.answers, own


def is_presence(text: str, case: Case) -> bool:
    """Whether a clause only asks if something is there: 'Any cough?', 'Do you have a headache?'"""
    words, rest = case.field.words, text
    for mention in reversed(case.field.lexicon.mentions(text)):
        rest = rest[: mention.start] + rest[mention.end :]
    tokens = words_of(rest)
    if tokens[:1] and tokens[0] not in words.presence:
        return False
    return all(t in words.presence or t in words.empty for t in tokens)


def _bonuses(
    case: Case, state: State, signs: Signs, family: bool, elliptic: bool, weights: Weights
) -> Vectors:
    field = case.field
    bonus = np.zeros(len(field.topic_ids), dtype=np.float32)
    if signs.named:
        bonus[field.deniable] -= weights.no_term
        for topic in signs.named:
            chief = topic in case.chief_topics and not signs.presence
            row = field.row_of[topic]
            bonus[row] = 0.0 if chief else weights.term
    last_sections = {t.split(".")[0] for t in state.last_topics}
    if family:
        bonus += np.where(field.of_family, weights.family, -weights.family)
    elif not (elliptic and "fam" in last_sections):
        bonus -= np.where(field.of_family, weights.family, 0.0)
    if signs.others:
        bonus[field.of_patient] -= weights.family
    if elliptic:
        stems = {t.split("-")[0] for t in state.last_topics}
        rows = [r for s in stems for r in field.rows_of_stem.get(s, ())]
        bonus[rows] += weights.near
        for topic in state.last_topics[-1:]:  # 'any blood in it?' after a cough is no urine
            bonus[field.rows_of_part[topic]] += weights.part
    return bonus
