"""Check what a resident sums up, piece by piece, against what the patient knows.

A promise, and therefore code: a summing-up is confirmed only where no piece of it is wrong, and
what is locked is neither confirmed nor put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.knowledge.encoder import Encoder
from simulator.knowledge.topics import DENIABLE
from simulator.language.lexicon import Mention
from simulator.language.tokens import segments, sentences, words_of
from simulator.language.words import Words
from simulator.patient.case import Case
from simulator.patient.statements import Statements
from simulator.scripts.schema import Fact

# The lines that a piece may speak of, those that it contradicts if any, and how surely. Set on 900
# statements that the judge had not learned from; docs/figures.md has what such bars find on the
# half of them that they were not set on.
NEAR, NEAREST, CLOSE, WRONG, UNTOLD = 0.25, 4, 0.1, 0.6, 0.9  # the last: by what was not told yet
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
    text: str, case: Case, told: frozenset[str], statements: Statements, encoder: Encoder
) -> Check:
    """What is wrong with a summing-up.

    Args:
        text: the turn. case: what it is held against. told: the facts told so far.
        statements: tells whether a piece supports or contradicts a line.
        encoder: finds the lines that a piece may speak of.
    """
    stated = [text[start:end] for start, end in segments(text)]
    stated = [piece for piece in stated if len(words_of(piece)) >= FEW]
    wrong: list[str] = []
    locked: list[str] = []
    for piece, vector in zip(stated, encoder.encode(stated) if stated else (), strict=True):
        near = case.vectors @ vector
        score = {f: float(near[list(rows.says)].max()) for f, rows in case.rows.items()}
        ranked = sorted(score, key=lambda f: -score[f])[:NEAREST]
        spoken_of = [f for f in ranked if score[f] >= NEAR]
        kept = [f for f in spoken_of if _locked(case.facts[f], told)]
        if _is_told(piece, (f for f in spoken_of if f not in kept), case, statements):
            continue
        about = [f for f in kept if statements.judge(piece, case.facts[f].says).stance != "silent"]
        locked += about[:1]
        if not about:
            close = [f for f in spoken_of if score[f] >= score[ranked[0]] - CLOSE]
            wrong += _belied(piece, close, case, told, statements) or _denied(piece, case)
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


def _locked(fact: Fact, told: frozenset[str]) -> bool:
    return fact.tell == "never" or (fact.tell == "trust" and fact.id not in told)


def _belied(
    piece: str, close: Sequence[str], case: Case, told: frozenset[str], statements: Statements
) -> list[str]:
    """The fact that the piece contradicts most surely, of those that may be put right."""
    judged = [(statements.judge(piece, case.facts[f].says).contradicts, f) for f in close]
    against = [
        (sure, f)
        for sure, f in judged
        if sure >= (WRONG if f in told else UNTOLD)
        and case.facts[f].tell in CORRECTABLE
        and case.facts[f].knows
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
