"""The ways of understanding that are measured side by side, from word overlap to ours."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.turns import Row
from simulator.knowledge.topics import DENIABLE
from simulator.patient.case import Case
from simulator.patient.clauses import normalise, split_clauses
from simulator.patient.patient import Patient
from simulator.patient.turn import Reading, State
from simulator.services import Services

FACT_MIN, TOPIC_MIN, BM25_MIN = 0.45, 0.45, 6.0
K1, B = 1.2, 0.75
_TOKEN = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method would do with a turn; `sure` grows with the belief that a fact is asked."""

    facts: frozenset[str]
    told: frozenset[str]
    denied: bool
    unknown: bool
    sure: float
    act: str = ""
    text: str = ""
    ms: float = 0.0
    confidence: float | None = None
    section_of: dict[str, str] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()


Method = Callable[[Services, Case, Sequence[Row]], list[Answer]]


def ours(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The program itself, turn after turn of an encounter."""
    patient = Patient(case, services.understander)
    state, answers = State(), []
    sections = {f: t.split(".")[0] for f, t in case.topic_of.items()}
    for row in rows:
        started = time.perf_counter()
        understood = services.understander.understand(row["text"], case, state)
        ms = (time.perf_counter() - started) * 1000
        reply, state = patient.reply(row["text"], state)
        decision = reply.decision
        identity = any(p.kind == "identity" for p in decision.parts)
        answers.append(
            Answer(
                frozenset({*decision.told, *decision.withheld}),
                frozenset(decision.told),
                bool(decision.denied),
                decision.unknown or identity,
                max((_belief(r) for r in understood.readings), default=-1.0),
                act=understood.act,
                text=reply.text,
                ms=ms,
                confidence=min((r.confidence for r in understood.readings), default=0.0),
                section_of=sections,
                readings=understood.readings,
            )
        )
    return answers


def _belief(reading: Reading) -> float:
    """How far the best fact stands above the best topic on which the script is silent."""
    if reading.kind in ("talk", "summary") or not reading.candidates:
        return -1.0
    facts = [c.score for c in reading.candidates if c.fact]
    silent = [c.score for c in reading.candidates if not c.fact]
    return 1.5 * max(facts, default=0.0) - 0.5 * max(silent, default=0.0)


def bm25(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """Word overlap of the whole turn with each fact's lines, questions and topic's phrasings."""
    topics = services.field.topics
    texts = {
        f: " ".join((fact.says, *fact.also, *fact.asks, *topics[case.topic_of[f]].questions))
        for f, fact in case.facts.items()
    }
    counts = {f: Counter(_TOKEN.findall(t.lower())) for f, t in texts.items()}
    mean = sum(c.total() for c in counts.values()) / len(counts)
    df = Counter(w for c in counts.values() for w in c)
    idf = {w: math.log(1 + (len(counts) - n + 0.5) / (n + 0.5)) for w, n in df.items()}
    answers = []
    for row in rows:
        asked = _TOKEN.findall(row["text"].lower())
        scores = {f: _bm25(asked, c, idf, mean) for f, c in counts.items()}
        answers.append(_nearest(scores, BM25_MIN))
    return answers


def _bm25(asked: list[str], doc: Counter[str], idf: dict[str, float], mean: float) -> float:
    norm = K1 * (1 - B + B * doc.total() / mean)
    return sum(idf[w] * doc[w] * (K1 + 1) / (doc[w] + norm) for w in asked if w in doc)


def nearest_line(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The nearest fact line or example question of the whole turn; a no below a threshold."""
    vectors = services.encoder.encode([r["text"][:2000] for r in rows])
    return [_nearest(_line_scores(case, v), FACT_MIN) for v in vectors]


def with_examples(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The nearest fact or silent topic of the whole turn, phrasings of the topics included."""
    vectors = services.encoder.encode([r["text"][:2000] for r in rows])
    return [_with_topics(case, v) for v in vectors]


def by_clause(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """As with examples, for each clause that asks."""
    answers = []
    for row in rows:
        known = case.field
        clauses = split_clauses(normalise(row["text"]), known.words, known.lexicon)
        asking = [c.text for c in clauses if c.question]
        found = [_with_topics(case, v) for v in services.encoder.encode(asking)]
        facts = frozenset(f for a in found for f in a.facts)
        answers.append(
            Answer(
                facts,
                facts,
                any(a.denied for a in found),
                any(a.unknown for a in found),
                max((a.sure for a in found), default=0.0),
            )
        )
    return answers


def _line_scores(case: Case, vector: np.ndarray) -> dict[str, float]:
    lines = case.vectors @ vector
    return {f: float(lines[list(r.says + r.asks)].max()) for f, r in case.rows.items()}


def _nearest(scores: dict[str, float], least: float) -> Answer:
    best = max(scores, key=lambda f: scores[f])
    hit = frozenset({best} if scores[best] >= least else ())
    return Answer(hit, hit, not hit, False, scores[best])


def _with_topics(case: Case, vector: np.ndarray) -> Answer:
    known = case.field
    asked = known.question_scores(vector[None])[0]
    lines = _line_scores(case, vector)
    facts = {f: max(s, float(asked[known.row_of[case.topic_of[f]]])) for f, s in lines.items()}
    best = max(facts, key=lambda f: facts[f])
    silent = np.where(case.silent, asked, -1.0)
    row = int(np.argmax(silent))
    sure = 1.5 * facts[best] - 0.5 * float(silent[row])
    if max(facts[best], silent[row]) < TOPIC_MIN:
        return Answer(frozenset(), frozenset(), False, False, sure)
    if silent[row] > facts[best]:
        deniable = known.topics[known.topic_ids[row]].kind in DENIABLE
        return Answer(frozenset(), frozenset(), deniable, not deniable, sure)
    hit = frozenset({best})
    return Answer(hit, hit, False, False, sure)
