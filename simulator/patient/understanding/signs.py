"""What speaks for and against each fact and topic being asked for, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.knowledge.encoder import Vectors, unit
from simulator.patient.case import Case, Rows
from simulator.patient.turn import State
from simulator.patient.understanding.reader import FACT, TOPIC, Match, Read, Reader, pieces

TOPICS_KEPT = 48  # beside the facts; of the topics that were labelled, nearly all are among them
KINDS = ("symptom", "condition", "habit", "detail", "broad")
ASKING = ("ask", "review", "open", "clarify")
WORKED_OUT = ("closed", "follows", "kin")  # a plain no answers; hangs on the last turn; relatives
SCALE = 10.0
GUARDED = frozenset({"direct", "trust", "never"})


@dataclass(frozen=True, slots=True)
class Candidates:
    """Facts, then topics, that a turn may ask for, with their signs.

    `facts` holds None for a topic by itself; `topics` the topic of each. `signs` has shape
    (candidates, signs) in the order of `names`; `weights`, shape (tokens, candidates), says on
    which words of the turn each rests.
    """

    facts: tuple[str | None, ...]
    topics: tuple[str, ...]
    names: tuple[str, ...]
    signs: Vectors
    weights: Vectors


def gather(text: str, read: Read, reader: Reader, case: Case, state: State) -> Candidates:
    """The candidates of a turn with their signs.

    Args:
        text: the turn. read: what the reader made of it. case, state: who is asked, and when.
    """
    field = case.field
    lines, answers = reader.match(read, case.vectors), reader.match(read, field.answers)
    by_topic = reader.logits(answers, TOPIC)
    views = np.vstack([read.mean, *([v for _, v in pieces(text, read)] or [read.mean])])
    phrasing = field.question_scores(views)
    phrasings = phrasing[0], phrasing[1:].max(axis=0)
    kept = np.argsort(-(by_topic / SCALE + sum(phrasings)))[:TOPICS_KEPT]
    by_line = reader.logits(lines, FACT)
    own = case.best_of(by_line, "says")
    match = _join(lines, own, answers, kept)
    logit = np.concatenate([by_line[own], by_topic[kept]])
    rows = np.concatenate([case.topic_rows, kept])
    columns = {
        **_of_lines(match, logit, len(own)),
        **_of_questions(views @ case.vectors.T, case, phrasings, rows, len(own)),
        "topic_logit": by_topic[rows] / SCALE,
        **_of_turn(text, read, len(views) - 1, len(rows)),
        **_of_talk(case, state, rows, len(own)),
        **_of_before(read, case, own, kept),
        **_of_rivals(logit, rows, len(own), case),
    }
    return Candidates(
        (*case.facts, *[None] * len(kept)),
        tuple(field.topic_ids[r] for r in rows),
        tuple(columns),
        np.stack(list(columns.values()), axis=1).astype(np.float32),
        match.weights,
    )


def _join(lines: Match, own: Rows, answers: Match, kept: Rows) -> Match:
    return Match(
        np.concatenate([lines.cosines[:, own], answers.cosines[:, kept]], axis=1),
        np.concatenate([lines.weights[:, own], answers.weights[:, kept]], axis=1),
        np.concatenate([lines.token[own], answers.token[kept]]),
        np.concatenate([lines.mean[own], answers.mean[kept]]),
    )


def _of_lines(match: Match, logit: Vectors, facts: int) -> dict[str, Vectors]:
    """How well the line fits, by itself and against what else fits the same words."""
    shared = match.weights.T @ match.cosines
    np.fill_diagonal(shared, -1.0)
    two = np.sort(logit)[-2:]
    return {
        "token": match.token,
        "mean": match.mean,
        "logit": logit / SCALE,
        "over_facts": match.token - shared[:, :facts].max(axis=1, initial=-1.0),
        "over_topics": match.token - shared[:, facts:].max(axis=1, initial=-1.0),
        "behind": (two[-1] - logit) / SCALE,
        "ahead": (logit - np.where(logit >= two[-1], two[0], two[-1])) / SCALE,
        "rank": np.minimum(np.argsort(np.argsort(-logit)), 20) / SCALE,
    }


def _of_questions(
    near: Vectors, case: Case, phrasings: tuple[Vectors, Vectors], rows: Rows, facts: int
) -> dict[str, Vectors]:
    """How near the turn, and its nearest item, come to the author's and the topic's questions."""
    padded = np.concatenate([near, np.zeros((len(near), 1), dtype=np.float32)], axis=1)
    best = case.best_of(near[0], "asks"), case.best_of(near[1:].max(axis=0), "asks")
    none = np.zeros(len(rows) - facts, dtype=np.float32)
    asks = np.concatenate([padded[0, best[0]], none])
    part = np.concatenate([padded[1:].max(axis=0)[best[1]], none])
    whole = np.maximum(asks, phrasings[0][rows])
    return {
        "asks": asks,
        "asks_part": part,
        "has_asks": (asks != 0).astype(np.float32),
        "phrasing": phrasings[0][rows],
        "phrasing_part": phrasings[1][rows],
        "question_behind": whole.max() - whole,
    }


def _of_turn(text: str, read: Read, parts: int, n: int) -> dict[str, Vectors]:
    """What the turn is, the same for all its candidates."""
    values = dict(read.acts)
    values |= {"length": len(read.spans) / 20, "parts": parts / 4}
    values["mark"] = float("?" in text)
    return {name: np.full(n, value, dtype=np.float32) for name, value in values.items()}


def _of_talk(case: Case, state: State, rows: Rows, facts: int) -> dict[str, Vectors]:
    """What the candidate is, and whether it was spoken of before."""
    field, n = case.field, len(rows)
    kinds = [field.topics[field.topic_ids[r]].kind for r in rows]
    last = [field.row_of[t] for t in state.last_topics if t in field.row_of]
    sign = np.zeros((7, n), dtype=np.float32)
    for i, fact in enumerate(case.script.facts):
        sign[0, i] = fact.id in state.last_facts
        sign[1, i] = fact.id in state.told
        sign[2, i] = fact.polarity == "negative"
        sign[3, i] = fact.tell in GUARDED
    if last:
        sign[4] = np.isin(rows, last)
        sign[5] = field.near[np.ix_(rows, np.array(last))].any(axis=1)
    before = [row for f in state.last_facts if f in case.rows for row in case.rows[f].says]
    if before:
        lines = [case.rows[f.id].says[0] for f in case.script.facts]
        sign[6, :facts] = (case.vectors[lines] @ case.vectors[before].T).max(axis=1)
        sign[6, facts:] = (field.answers[rows[facts:]] @ case.vectors[before].T).max(axis=1)
    names = ("told_last", "told", "negative", "guarded", "topic_last", "near_last", "like_last")
    return {
        "is_topic": (np.arange(n) >= facts).astype(np.float32),
        "is_kin": np.array([field.topic_ids[r].startswith("fam.") for r in rows], dtype=np.float32),
        **{k: np.array([kind == k for kind in kinds], dtype=np.float32) for k in KINDS},
        **dict(zip(names, sign, strict=True)),
    }


def _of_before(read: Read, case: Case, own: Rows, kept: Rows) -> dict[str, Vectors]:
    """How near the line comes to what was said just before, and to a hint left hanging there."""
    lines = np.concatenate([case.vectors[own], case.field.answers[kept]])
    if not len(read.before):
        none = np.zeros(len(lines), dtype=np.float32)
        return {"before_token": none, "before_mean": none}
    near = lines @ read.before.T
    return {"before_token": near.max(axis=1), "before_mean": lines @ unit(read.before.mean(axis=0))}


def _of_rivals(logit: Vectors, rows: Rows, facts: int, case: Case) -> dict[str, Vectors]:
    """How far it stands above the best fact, and the best silent topic, on the same subject."""
    same = case.field.near[np.ix_(rows, rows)]
    np.fill_diagonal(same, False)
    floor = np.where(same, logit[None], logit.min() - SCALE)
    silent = ~np.isin(rows, case.topic_rows)
    least = logit - (logit.min() - SCALE)
    by_fact = logit - floor[:, :facts].max(axis=1, initial=-1e3)
    by_topic = logit - np.where(silent[None], floor, -1e3)[:, facts:].max(axis=1, initial=-1e3)
    return {
        "over_fact": np.minimum(by_fact, least) / SCALE,
        "over_topic": np.minimum(by_topic, least) / SCALE,
        "silent": silent.astype(np.float32),
    }
