"""Check what a resident sums up, piece by piece, against what the patient knows.

A promise, and therefore code: a summing-up is confirmed only where no piece of it is wrong, and
what is locked is neither confirmed nor put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.knowledge.topics import DENIABLE
from simulator.language.lexicon import Mention
from simulator.language.numbers import agree, miscounted, opposed
from simulator.language.tokens import sentences, words_of
from simulator.language.words import Words
from simulator.patient.case import Case
from simulator.patient.statements import Statements
from simulator.patient.understanding.reader import Read, pieces

NEAR, CLOSE, NEAREST = 0.5, 0.12, 4
CORRECTABLE = ("opening", "open", "asked")
NEGATED_BEFORE = 4
FEW = 3  # so few words state nothing


@dataclass(frozen=True, slots=True)
class Check:
    """What a summing-up gets wrong: facts to put right, what is locked, a topic not so."""

    wrong: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    absent: str | None = None


def check_summary(
    text: str, read: Read, case: Case, told: frozenset[str], statements: Statements
) -> Check:
    """What is wrong with a summing-up.

    Args:
        text: the turn. read: what the reader made of it. told: the facts told so far.
        statements: tells whether a piece contradicts a line.
    """
    wrong: list[str] = []
    locked: list[str] = []
    for piece, vector in pieces(text, read):
        near = case.vectors @ vector
        score = {f: float(near[list(rows.says)].max()) for f, rows in case.rows.items()}
        ranked = sorted(score, key=lambda f: -score[f])[:NEAREST]
        best = [f for f in ranked if score[f] >= NEAR and score[f] >= score[ranked[0]] - CLOSE]
        if best and _locked(best[0], case, told):
            locked.append(best[0])
            continue
        if _is_told(piece, (f for f in ranked if f in told), case, statements):
            continue
        wrong += _contradicted(piece, best, case) or _belied(piece, best, case, statements)
        wrong += _denied(piece, case)
    absent = None if wrong else asserted_but_absent(text, case)
    return Check(tuple(dict.fromkeys(wrong))[:2], tuple(dict.fromkeys(locked)), absent)


def plays_back(text: str, told: Sequence[str], case: Case, statements: Statements) -> bool:
    """Whether a sentence of a turn that is no question is true by a fact that was told.

    Args:
        text: the turn. told: the facts that it may play back, a reading for each.
        case, statements: what it is held against.
    """
    for start, end in sentences(text):
        stated = text[start:end].rstrip()
        if "?" in text[start : end + 1] or len(words_of(stated)) <= FEW:
            continue
        if _is_told(stated, told, case, statements):
            return True
    return False


def _is_told(stated: str, told: Iterable[str], case: Case, statements: Statements) -> bool:
    """Whether something that was told says what a piece states."""
    lines = (line for f in told for line in (case.facts[f].says, *case.facts[f].also))
    return any(statements.judge(stated, line).stance == "supports" for line in lines)


def _locked(fact_id: str, case: Case, told: frozenset[str]) -> bool:
    fact = case.facts[fact_id]
    return fact.tell == "never" or (fact.tell == "trust" and fact_id not in told)


def _contradicted(piece: str, nearest: list[str], case: Case) -> list[str]:
    """The nearest fact where the piece gives another number or side, and no near fact gives it."""
    words = case.field.words
    lines = {f: (case.facts[f].says, *case.facts[f].also) for f in nearest}
    if any(agree(piece, line, words) for f in nearest for line in lines[f]):
        return []
    for fact in nearest:
        free = case.facts[fact].tell in CORRECTABLE and case.facts[fact].knows
        says = case.facts[fact].says
        if free and (miscounted(piece, says, words) or opposed(piece, says, words)):
            return [fact]
    return []


def _belied(piece: str, nearest: list[str], case: Case, statements: Statements) -> list[str]:
    """The near fact that the piece contradicts most surely, where it supports none of them."""
    judged = [(f, statements.judge(piece, case.facts[f].says)) for f in nearest]
    if any(j.stance == "supports" for _, j in judged):
        return []
    against = [
        (j.contradicts, f)
        for f, j in judged
        if j.stance == "contradicts" and case.facts[f].tell in CORRECTABLE and case.facts[f].knows
    ]
    return [max(against)[1]] if against else []


def _denied(piece: str, case: Case) -> list[str]:
    """A positive fact whose subject the piece says is not there."""
    lexicon, words = case.field.lexicon, case.field.words
    gone = [m for m in lexicon.mentions(piece) if _negated(piece, m, words)]
    for mention in gone:
        for topic in mention.topics:
            for fact_id in case.facts_of.get(topic, ()):
                fact = case.facts[fact_id]
                plain = not words.negate(fact.says)
                told = fact.knows and fact.tell in CORRECTABLE
                if fact.polarity == "positive" and plain and told:
                    return [fact_id]
    return []


def asserted_but_absent(text: str, case: Case) -> str | None:
    """A symptom or condition that a summing-up ascribes to a patient who has not got it."""
    known = frozenset(case.facts_of) | case.field.lexicon.topics_in(
        " . ".join([case.script.opening, *(f.says for f in case.script.facts)])
    )
    for mention in case.field.lexicon.mentions(text):
        if _negated(text, mention, case.field.words) or mention.topics & known:
            continue
        for topic in sorted(mention.topics, key=lambda t: (t not in case.script.denies, t)):
            denied = topic in case.script.denies or case.script.answers_no_by_default
            if case.field.topics[topic].kind in DENIABLE and denied:
                return topic
    return None


def _negated(text: str, mention: Mention, words: Words) -> bool:
    before = words_of(text[: mention.start])[-NEGATED_BEFORE:]
    return any(t in words.negations for t in before)
